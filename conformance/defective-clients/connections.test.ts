import { describe, test } from 'vitest';
import { closingDefects } from './closings.ts';
import { destinationDefects } from './destinations.ts';
import { encodingDefects } from './encodings.ts';
import { expectFoundInClient } from './judge-client.ts';
import { reconnectionDefects } from './reconnections.ts';
import { requestDefects } from './requests.ts';

describe('each defect in requests and reconnections turns its rule red', () => {
  test.concurrent.each([
    ...requestDefects,
    ...destinationDefects,
    ...encodingDefects,
    ...reconnectionDefects,
    ...closingDefects,
  ])('$breaks: a client that $name', expectFoundInClient);
});
