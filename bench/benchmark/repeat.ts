/**
 * Finds the capacity of the reference server several times, each as `npm run bench` does, and tells how well the answers
 * agree. Results are kept in `report/bench-repeat/`.
 *
 *     npm run bench:repeat -- [--times 10] [--quick]
 *
 * Exit 0 where every answer lies within 10 % of the median or has an interval that holds it, 1 where one does not, 3 where
 * a search has no answer.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readBenchResult } from '../src/index.ts';
import { type Answer, agreementOf, agreementText, answerOf } from './repeat/agreement.ts';
import { searchesInTurn } from './repeat/searches.ts';

const root = join(import.meta.dirname, '../..');
const written = join(root, 'report/bench/bench.json');
const kept = join(root, 'report/bench-repeat');

const { values } = parseArgs({
  options: { times: { type: 'string', default: '10' }, quick: { type: 'boolean', default: false } },
});
mkdirSync(kept, { recursive: true });
// A terminal tells the search of Ctrl-C as well: it ends, and then what was found is told.
const interrupt = new AbortController();
process.on('SIGINT', () => interrupt.abort());
const answers = await searchesInTurn(
  Number(values.times),
  (time) => search(join(kept, `${time}.json`)),
  interrupt.signal,
);
process.stdout.write(`${agreementText(answers)}\n`);
const agreement = agreementOf(answers);
process.exitCode = !agreement || answers.some(({ capacity }) => !capacity) ? 3 : agreement.apart > 0 ? 1 : 0;

/** @returns undefined where it was interrupted */
async function search(copy: string): Promise<Answer | undefined> {
  rmSync(written, { force: true });
  const args = ['run', '--silent', 'bench', '--', ...(values.quick ? ['--quick'] : [])];
  const bench = spawn('npm', args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code, signal] = (await once(bench, 'exit')) as [number | null, string | null];
  if (signal !== null || code === 130) return undefined;
  if (code === 2 || code === 4) throw new Error(`npm run bench ended with exit code ${code}`);
  try {
    copyFileSync(written, copy);
  } catch {
    return { reason: 'the server was out of reach' };
  }
  const result = readBenchResult(JSON.parse(readFileSync(copy, 'utf8')), copy);
  return result.interrupted ? undefined : answerOf(result);
}
