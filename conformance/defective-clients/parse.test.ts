import { describe, expect, test } from 'vitest';
import { clientRules } from '../src/client/index.ts';
import { bytesAndLines } from './bytes-and-lines.ts';
import { cutsAndEnds } from './cuts-and-ends.ts';
import { fieldsAndEvents } from './fields-and-events.ts';
import { expectFoundInClient, judgeClient, redOf } from './judge-client.ts';

describe('each defect in parsing turns its rule red', () => {
  test.concurrent.each([...bytesAndLines, ...fieldsAndEvents, ...cutsAndEnds])(
    '$breaks: a client that $name',
    expectFoundInClient,
  );
});

test('a client that reads the standard literally is accused of nothing', async () => {
  const results = await judgeClient({}, clientRules);
  expect(redOf(results)).toEqual({});
  expect(results).toHaveLength(clientRules.length);
});
