import { type BenchResult, type Comparison, compareResults } from '@ssert/bench';
import { seededRandom } from '@ssert/protocol';
import { benchFile } from '../bench-file.ts';
import type { Command } from '../command.ts';
import type { Flag, GivenFlags } from '../flags.ts';
import { comparisonText } from '../reporters/bench/comparison.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const compareFlags = {
  json: { meaning: 'Prints the comparison as JSON' },
} as const satisfies Record<string, Flag>;

type Given = GivenFlags<typeof compareFlags>;

export const benchCompareCommand: Command = {
  name: 'compare',
  usage: 'bench compare A.json B.json [flags]',
  summary:
    'Compares two runs of the same plan, trial by trial: is B better or worse than A, by how much, and could it be chance? Runs that took turns are given as A1.json,A2.json B1.json,B2.json. Refuses where plan, machine or mode differ.',
  flags: compareFlags,
  examples: [
    ['ssert bench compare before/bench.json after/bench.json', 'two searches'],
    [
      'ssert bench compare A1.json,A2.json,A3.json,A4.json,A5.json B1.json,B2.json,B3.json,B4.json,B5.json',
      'ten runs without a search, taken in turns: A B A B …',
    ],
  ],
  exitCodes: [
    [0, 'B is not worse: all of it is the same, or better'],
    [1, 'B is worse in something'],
    [2, 'wrong usage, a file that is no result included'],
    [3, 'nothing was compared, or of something it cannot be told whether B is worse'],
  ],
  run: compare,
};

async function compare(given: Given, terminal: Terminal): Promise<number> {
  const [a, b, ...surplus] = given.positionals;
  if (a === undefined || b === undefined || surplus.length > 0) throw new UsageError('give A.json and B.json');
  const comparison = compareResults(await resultsIn(a), await resultsIn(b), seededRandom(1));
  if (given.has('json')) terminal.print(JSON.stringify(comparison, null, 2));
  else if (comparison.refusals.length === 0) terminal.print(comparisonText(comparison, terminal.paint));
  for (const refusal of comparison.refusals) terminal.complain(`not compared: ${refusal}`);
  return exitCodeOf(comparison);
}

async function resultsIn(names: string): Promise<BenchResult[]> {
  const files = names.split(',').filter((name) => name !== '');
  if (files.length === 0) throw new UsageError('give A.json and B.json');
  return Promise.all(files.map(benchFile));
}

function exitCodeOf({ capacity, metrics }: Comparison): number {
  const verdicts = [...(capacity ? [capacity] : []), ...metrics].map(({ verdict }) => verdict);
  if (verdicts.includes('worse')) return 1;
  return verdicts.length === 0 || verdicts.includes('cannot-conclude') ? 3 : 0;
}
