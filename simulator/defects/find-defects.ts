/**
 * Plants defects in hub, log, stream and client, one at a time: how many seeds does the simulation need to notice each?
 *
 *     npm run simulate:defects -- [--seeds 1000] [--only TEXT] [--jobs 2]
 *
 * Exit 1 where more than two in thirty are not noticed.
 */
import { parseArgs } from 'node:util';
import { table } from '../src/index.ts';
import { plantedDefects } from './defects.ts';
import { findDefect, type Search } from './find-defect.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1000' },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
  },
});
const chosen = plantedDefects.filter(({ name, part, file }) => `${part} ${file} ${name}`.includes(values.only));
const waiting = [...chosen.entries()];
const searches: Search[] = [];
await Promise.all(
  Array.from({ length: Number(values.jobs) }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [at, defect] = next;
      searches[at] = await findDefect(defect, Number(values.seeds));
      process.stderr.write('.');
    }
  }),
);
process.stderr.write('\n');
const rows = searches.map(({ defect, found, seed }) => [
  defect.part,
  defect.name,
  found === undefined ? '-' : String(seed),
  found === undefined ? 'not noticed' : found.replace(/^(unsafe|stuck) at [\d.]+ s: /, ''),
]);
console.log(table([['part', 'defect', 'seeds', 'noticed by'], ...rows]));
const missed = searches.filter(({ found }) => found === undefined).length;
console.log(`\n${searches.length - missed} of ${searches.length} noticed within ${values.seeds} seeds each`);
if (searches.length === 0 || missed > searches.length / 15) process.exitCode = 1;
