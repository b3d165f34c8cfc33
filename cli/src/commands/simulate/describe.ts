import { parseQuantity } from '@ssert/conformance/settings';
import { arrivalsOf, poissonArrivals, readTrace, until } from '@ssert/simulator';
import type { Command } from '../../command.ts';
import type { Flag, GivenFlags } from '../../flags.ts';
import { textOf, writeNamed } from '../../named-file.ts';
import { tracePage } from '../../reporters/html/trace-page.ts';
import { traceStatistics } from '../../reporters/trace-statistics.ts';
import { traceText } from '../../reporters/trace-text.ts';
import type { Terminal } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';
import { defaultStart, profileFrom } from './profile-source.ts';

const describeFlags = {
  column: { value: 'NAME', meaning: 'The column with the times of a trace. Default TIMESTAMP.' },
  seed: { value: 'N', meaning: 'The seed of a profile. Default 1.' },
  duration: { value: 'TIME', meaning: 'How much of a profile is simulated. Default 1h.' },
  html: { value: 'FILE', meaning: 'Writes it as a page too, whole in one file' },
} as const satisfies Record<string, Flag>;

type Given = GivenFlags<typeof describeFlags>;

export const describeCommand: Command = {
  name: 'describe',
  usage: 'simulate describe TRACE.csv|PROFILE [flags]',
  summary: 'Shows how bursty a trace or a profile is, with small plots, beside a Poisson process of the same rate.',
  flags: describeFlags,
  examples: [
    ['ssert simulate describe office', 'an hour of a profile'],
    ['ssert simulate describe trace.csv --column TIMESTAMP --html trace.html', 'a trace, and a page about it'],
  ],
  exitCodes: [
    [0, 'described'],
    [2, 'wrong usage, a trace that cannot be read included'],
  ],
  run: describeTimes,
};

async function describeTimes(given: Given, terminal: Terminal): Promise<number> {
  const [source, ...surplus] = given.positionals;
  if (source === undefined || surplus.length > 0) throw new UsageError('give one TRACE.csv or PROFILE');
  const isTrace = source.endsWith('.csv');
  const times = isTrace ? await timesOfTrace(source, given) : await timesOfProfile(source, given);
  if (times.length < 20) {
    const advice = isTrace ? 'give 20 or more' : 'raise --duration';
    throw new UsageError(`${source} has ${times.length} records, too few to tell anything of; ${advice}`);
  }
  const spanS = (times.at(-1) as number) - (times[0] as number);
  if (spanS < 60) {
    const advice = isTrace ? 'give a minute or more' : 'raise --duration';
    throw new UsageError(
      `the records of ${source} span ${spanS.toFixed(1)} s, too little to tell anything of; ${advice}`,
    );
  }
  const poisson = [...until(poissonArrivals(times.length / spanS, 1), spanS)];
  const statistics = traceStatistics(source, times, poisson);
  terminal.print(traceText(statistics));
  const file = given.text('html');
  if (file === undefined) return 0;
  await writeNamed('--html', file, tracePage(statistics));
  terminal.print(`written: ${file}`);
  return 0;
}

async function timesOfTrace(file: string, given: Given): Promise<readonly number[]> {
  if (given.has('seed') || given.has('duration')) throw new UsageError('--seed and --duration go with a profile');
  return readTrace(await textOf(file), given.text('column') ?? 'TIMESTAMP').times;
}

async function timesOfProfile(source: string, given: Given): Promise<readonly number[]> {
  if (given.has('column')) throw new UsageError('--column goes with a TRACE.csv');
  const profile = await profileFrom(source);
  const durationS = parseQuantity('--duration', given.text('duration') ?? '1h', 'ms') / 1000;
  const startMs = Date.parse(defaultStart);
  return [...until(arrivalsOf(profile, given.wholeNumber('seed', 0) ?? 1, startMs), durationS)];
}
