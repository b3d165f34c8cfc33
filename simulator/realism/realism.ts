/**
 * Fits a profile to a trace and holds it, and a Poisson process of the same rate, against the trace: the mean over
 * twenty seeds for each goal. Exits 1 where the fitted profile misses one.
 *
 *     npm run realism
 *     npm run realism -- TRACE.csv --column TIMESTAMP
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { fitProfile, isMissed, readTrace, table, wordsOfError, wordsOfTolerance, Yardstick } from '../src/index.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { column: { type: 'string', default: 'TIMESTAMP' } },
});
const file = positionals[0] ?? join(import.meta.dirname, 'traces/AzureLLMInferenceTrace_code.csv');
const seeds = Array.from({ length: 20 }, (_, at) => at + 1);

const trace = readTrace(readFileSync(file, 'utf8'), values.column);
const { fit, profile, sizes } = fitProfile(trace, { name: 'fitted', description: `Fitted to ${basename(file)}.` });
const yardstick = new Yardstick(trace.times);
const { ratePerS, spanS } = yardstick.real.description;
const fitted = [...yardstick.judge(profile, seeds), ...sizes];
const poisson = yardstick.judge({ arrivals: { process: 'poisson', ratePerS } }, seeds);

console.log(
  `${basename(file)}: ${trace.times.length} records in ${spanS.toFixed(0)} s, ${ratePerS.toFixed(3)} per second`,
);
console.log(`fitted: ${fit.best.name}; mean over seeds 1 to ${seeds.length}; * is a goal that is missed\n`);
const rows = fitted.map((one, at) => {
  const other = poisson[at];
  return [one.goal.name, wordsOfTolerance(one.goal), wordsOfError(one), other ? wordsOfError(other) : '-'];
});
console.log(table([['goal', 'tolerance', 'fitted', 'Poisson'], ...rows]));
const missed = fitted.filter(isMissed);
const measured = fitted.filter(({ error }) => !Number.isNaN(error)).length;
console.log(
  `\nfitted reaches ${measured - missed.length} of ${measured}, Poisson misses ${poisson.filter(isMissed).length}`,
);
if (missed.length > 0) process.exitCode = 1;
