import { expect, test } from 'vitest';
import { judge, withPlainServer } from '../../../defects/judge-defect.ts';
import { headerSafeIds } from './header-safe-ids.ts';

test('an odd id of a block that is none of our events is not said to resume', async () => {
  const behaviour = { greeting: 'id: début\n\n' };
  const [result] = await withPlainServer({ behaviour }, (definition) => judge(definition, [headerSafeIds]));
  expect(`${result?.verdict}: ${result?.message}`).toMatch(
    /^inconclusive: .*whether the server's own id "début" resumes could not be tried, as it stands on none of our events$/,
  );
});
