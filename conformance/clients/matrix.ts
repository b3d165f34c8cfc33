/**
 * Runs the client rules on the clients in this folder and prints what it found, rule by client.
 *
 *     npm run check:clients -- [--quick] [--only NAME,NAME] [--all] [--jobs N] [--seed N] [--json FILE] [--update-expected]
 *
 * Exit 0 where each client was judged, what fails is what `expected.json` lists, and nothing was left undecided but what
 * `undecided.json` gives a reason for, else 1. `--update-expected` writes what failed into that file and the table of this
 * folder's README instead.
 */
import { join } from 'node:path';
import { clientRules } from '@ssert/conformance/client';
import { runMatrix } from '../matrix/run-matrix.ts';
import { roster } from './roster.ts';

await runMatrix({
  folder: import.meta.dirname,
  names: roster.map(({ name }) => name),
  preparationOf: (name) => roster.find((one) => one.name === name)?.preparation ?? { needs: [] },
  rules: clientRules,
  script: join(import.meta.dirname, 'judge-client.ts'),
  readme: join(import.meta.dirname, 'README.md'),
  head: '| a MUST that clients break |',
});
