import { describe, test } from 'vitest';
import { backoffDefects } from './backoffs.ts';
import { iterationDefects } from './iterations.ts';
import { expectFoundInClient } from './judge-client.ts';
import { limitDefects } from './limits.ts';
import { objectDefects } from './objects.ts';
import { reportDefects } from './reports.ts';

describe('each defect in what a client tells, bears and waits for turns its rule red', () => {
  test.concurrent.each([...reportDefects, ...limitDefects, ...backoffDefects, ...objectDefects, ...iterationDefects])(
    '$breaks: a client that $name',
    expectFoundInClient,
  );
});
