import { type Effort, efforts, type RuleSelection } from '@ssert/conformance';
import { parseQuantity } from '@ssert/conformance/settings';
import type { Flag, GivenFlags } from './flags.ts';
import { reporterNames } from './report-writer.ts';
import { UsageError } from './usage-error.ts';

const which = 'Which rules';
const how = 'How to run';
const reporting = 'Report and exit code';

/** Which rules a run judges. */
export const whichFlags: Record<'rule' | 'skip' | 'area' | 'level', Flag> = {
  rule: { value: 'GLOB', repeatable: true, group: which, meaning: "Only these, such as 'http/*'" },
  skip: { value: 'GLOB', repeatable: true, group: which, meaning: 'Not these' },
  area: { value: 'AREA', repeatable: true, group: which, meaning: 'Only these areas, such as http,reconnect' },
  level: { value: 'LEVEL', group: which, meaning: 'The weakest level to judge: must should may' },
};

/** How every run can be told to go on. */
export const howFlags: Record<'seed' | 'runs' | 'timeout' | 'jobs', Flag> = {
  seed: { value: 'N', group: how, meaning: 'Repeats the choices of an earlier run' },
  runs: { value: 'N', group: how, meaning: 'Inputs that each search tries; default 100' },
  timeout: { value: 'S', group: how, meaning: 'Seconds after which the run breaks off' },
  jobs: { value: 'N', group: how, meaning: 'Rules at work at once, where they do not disturb each other; default 4' },
};

type ReportFlag = 'reporter' | 'output' | 'strict' | 'require-decision' | 'baseline' | 'update-baseline';

/** What a run reports, and what counts as a failure. */
export const reportFlags: Record<ReportFlag, Flag> = {
  reporter: {
    value: 'R',
    repeatable: true,
    group: reporting,
    meaning: `${reporterNames.join(' ')}; default human`,
  },
  output: {
    value: 'DIR',
    group: reporting,
    meaning: 'Writes report.json, .xml, .tap, .html there (default json), and what replays failed histories',
  },
  strict: { group: reporting, meaning: 'Warnings count as failures' },
  'require-decision': { group: reporting, meaning: 'Inconclusive rules count as failures' },
  baseline: { value: 'FILE', group: reporting, meaning: 'Known failures, which do not fail the run' },
  'update-baseline': { group: reporting, meaning: 'Writes what fails now into that file' },
};

type Given = GivenFlags<typeof whichFlags & typeof howFlags & typeof reportFlags>;

/** The rules that the flags name. @throws UsageError */
export function selectionOf(given: Given): RuleSelection {
  const level = given.choice('level', ['must', 'should', 'may']);
  return {
    rule: given.all('rule'),
    skip: given.all('skip'),
    area: given.list('area'),
    ...(level === undefined ? {} : { level }),
  };
}

/** What the flags say about seed, inputs, jobs and time. @throws UsageError */
export function howOf(
  given: Given,
  effortName: Effort['name'],
): { seed: number | undefined; effort: Effort; jobs?: number; timeoutMs?: number } {
  const effort = efforts[effortName];
  const runs = given.wholeNumber('runs', 1);
  const jobs = given.wholeNumber('jobs', 1);
  const timeout = given.text('timeout');
  return {
    seed: given.wholeNumber('seed', 0, 2 ** 31 - 1),
    effort: runs === undefined ? effort : { ...effort, runs },
    ...(jobs === undefined ? {} : { jobs }),
    ...(timeout === undefined ? {} : { timeoutMs: secondsToMs(timeout) }),
  };
}

/** The one operand of a command. @throws UsageError where there is none, or more */
export function onlyOperand(given: Pick<Given, 'positionals'>, name: string, example: string): string {
  const [operand, ...surplus] = given.positionals;
  if (operand === undefined) throw new UsageError(`give ${name}: ${example}`);
  if (surplus.length > 0) throw new UsageError(`one ${name} at a time; ${JSON.stringify(surplus[0])} is one too many`);
  return operand;
}

function secondsToMs(text: string): number {
  return parseQuantity('--timeout', /^[\d.]+$/.test(text) ? `${text}s` : text, 'ms');
}
