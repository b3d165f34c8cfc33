import { join } from 'node:path';
import { test } from 'node:test';
import { runConformance } from '@ssert/conformance';
import target from './ssert.target.js';

// What the library is known to break, each with a reason; `npm run test:update` brings the file up to date.
const baseline = join(import.meta.dirname, 'known-failures.json');
// Takes a minute where it fails, and is known to: left to `npx ssert check ssert.target.js` before a release, not at each commit.
const skip = ['backpressure/bounded-memory'];

test('the event stream keeps the rules', async (suite) => {
  for await (const { id, error, skipped } of runConformance(target, { baseline, skip })) {
    await suite.test(id, { skip: skipped }, () => {
      if (error) throw error;
    });
  }
});
