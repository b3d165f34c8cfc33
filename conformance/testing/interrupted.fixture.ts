// Run by src/in-tests/vitest.test.ts, in a vitest of its own: the caller has ended the run already.
import { describeConformance } from '../src/in-tests/vitest.ts';

describeConformance(
  { stream: 'http://127.0.0.1:1/stream' },
  { rule: ['http/not-cacheable'], seed: 1, signal: AbortSignal.abort() },
);
