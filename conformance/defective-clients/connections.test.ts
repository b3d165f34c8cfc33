import { describe, test } from 'vitest';
import { expectFoundInClient } from './judge-client.ts';
import { reconnectionDefects } from './reconnections.ts';
import { requestDefects } from './requests.ts';

describe('each defect in requests and reconnections turns its rule red', () => {
  test.concurrent.each([...requestDefects, ...reconnectionDefects])(
    '$breaks: a client that $name',
    expectFoundInClient,
  );
});
