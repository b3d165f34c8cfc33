import { join } from 'node:path';
import { test } from 'node:test';
import { runConformance } from '@ssert/conformance';
import target from './ssert.target.js';

// What the library is known to break, each with a reason; `npm run test:update` brings the file up to date.
const baseline = join(import.meta.dirname, 'known-failures.json');
// What is quick to judge; `npx ssert check ssert.target.js` judges the rest before a release: memory, restarts, shutdown.
const area = ['http', 'framing', 'delivery', 'security'];

test('the event stream keeps the rules', async (suite) => {
  for await (const { id, error, skipped } of runConformance(target, { baseline, area })) {
    await suite.test(id, { skip: skipped }, () => {
      if (error) throw error;
    });
  }
});
