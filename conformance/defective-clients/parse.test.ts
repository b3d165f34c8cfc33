import { describe, test } from 'vitest';
import { bytesAndLines } from './bytes-and-lines.ts';
import { cutsAndEnds } from './cuts-and-ends.ts';
import { fieldsAndEvents } from './fields-and-events.ts';
import { expectFoundInClient } from './judge-client.ts';

describe('each defect in parsing turns its rule red', () => {
  test.concurrent.each([...bytesAndLines, ...fieldsAndEvents, ...cutsAndEnds])(
    '$breaks: a client that $name',
    expectFoundInClient,
  );
});
