/**
 * Runs the suite on the targets in this folder and prints what it found, rule by server.
 *
 *     npm run check:targets -- [--quick] [--only NAME,NAME] [--all] [--jobs N] [--seed N]
 *       [--json FILE] [--html FILE] [--update-expected]
 *
 * Exit 0 where each server was judged, what fails is what `expected.json` lists, and nothing was left undecided, else 1.
 * `--update-expected` writes what failed into that file and the table of the main README instead; each new failure is to
 * be checked by hand and told in this folder's README.
 */
import { join } from 'node:path';
import { serverRules } from '@ssert/conformance';
import { matrixPage } from '../../cli/src/index.ts';
import { runMatrix } from '../matrix/run-matrix.ts';
import { loadTarget, targetNames } from './preparation.ts';

await runMatrix({
  folder: import.meta.dirname,
  names: targetNames(),
  preparationOf: async (name) => (await loadTarget(name)).preparation,
  rules: serverRules,
  readme: join(import.meta.dirname, '../../README.md'),
  script: join(import.meta.dirname, 'judge-target.ts'),
  isStrict: (name) => name === 'reference',
  page: matrixPage,
});
