import {
  efforts,
  type Recording,
  type Replay,
  type RunOptions,
  redact,
  run,
  secretsOf,
  selectRules,
  serverRules,
  shellQuote,
  type TargetDefinition,
} from '@ssert/conformance';
import { parseQuantity } from '@ssert/conformance/settings';
import { SettingError } from '@ssert/protocol';
import { freshSeed, systemClock } from '@ssert/protocol/system';
import { openBaseline } from '../baseline-file.ts';
import type { Command } from '../command.ts';
import { describeTarget, targetFlags } from '../describe-target.ts';
import { exitCode } from '../exit-code.ts';
import type { Flag, GivenFlags } from '../flags.ts';
import { abortOnSignal } from '../interrupt.ts';
import { keepRecordings, openReplayFile } from '../replay-file.ts';
import { type Report, ReportDraft } from '../report.ts';
import { reporterNames, reportWriter } from '../report-writer.ts';
import { Progress, showProgress } from '../reporters/progress.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const which = 'Which rules';
const how = 'How to run';
const reporting = 'Report and exit code';

const checkFlags = {
  ...targetFlags,
  rule: { value: 'GLOB', repeatable: true, group: which, meaning: "Only these, such as 'framing/*'" },
  skip: { value: 'GLOB', repeatable: true, group: which, meaning: 'Not these' },
  area: { value: 'AREA', repeatable: true, group: which, meaning: 'Only these areas, such as http,framing' },
  level: { value: 'LEVEL', group: which, meaning: 'The weakest level to judge: must should may' },
  seed: { value: 'N', group: how, meaning: 'Repeats the choices of an earlier run' },
  runs: { value: 'N', group: how, meaning: 'Inputs that each search tries; default 100' },
  'replay-file': { value: 'FILE', group: how, meaning: 'Does the commands of a failed history again, nothing else' },
  timeout: { value: 'S', group: how, meaning: 'Seconds after which the run breaks off' },
  jobs: { value: 'N', group: how, meaning: 'Rules at work at once, where they do not disturb each other; default 4' },
  quick: { group: how, meaning: 'A first look: fewer inputs, and idle streams are watched for 2.5 s only' },
  thorough: { group: how, meaning: 'Ten times the inputs' },
  disruptive: { group: how, meaning: 'Allows what could hurt a server, beyond this machine as well' },
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
  'require-access': { group: reporting, meaning: 'Rules skipped for want of access count as failures' },
  'require-decision': { group: reporting, meaning: 'Inconclusive rules count as failures' },
  baseline: { value: 'FILE', group: reporting, meaning: 'Known failures, which do not fail the run' },
  'update-baseline': { group: reporting, meaning: 'Writes what fails now into that file' },
} as const satisfies Record<string, Flag>;

type Given = GivenFlags<typeof checkFlags>;

export const checkCommand: Command = {
  name: 'check',
  usage: 'check TARGET [flags]',
  summary:
    'Judges a server of event streams. TARGET is the URL of a stream, or a target file (.ts .js .mjs) that describes the server; flags win over the file.',
  flags: checkFlags,
  examples: [
    ['ssert check http://localhost:3000/stream', 'everything that can be judged from outside'],
    [
      'ssert check http://localhost:3000/stream --publish http://localhost:3000/publish',
      'also framing and delivery of events that ssert sends',
    ],
    [
      "ssert check http://localhost:{port}/stream --start 'node server.js {port}' --quick",
      'starts the server itself, and tries fewer inputs',
    ],
    ['ssert check ssert.target.ts --reporter human,junit,html --output report', 'for CI, and to show to others'],
    [
      'ssert check ssert.target.ts --replay-file report/replay/delivery/any-history.json',
      'does a history that failed again',
    ],
  ],
  exitCodes: [
    [0, 'nothing failed'],
    [1, 'a rule failed (with --strict: or warned), or a known failure passes now'],
    [2, 'wrong usage, a filter that fits no rule included'],
    [3, 'the target is out of reach, the run broke off, or no rule was judged'],
    [4, 'the harness broke, or a report could not be written'],
    [130, 'interrupted after some rules were judged and none failed'],
  ],
  run: check,
};

async function check(given: Given, terminal: Terminal): Promise<number> {
  const [target, ...surplus] = given.positionals;
  if (target === undefined) throw new UsageError('give TARGET: ssert check http://localhost:3000/stream');
  if (surplus.length > 0) throw new UsageError(`one TARGET at a time; ${JSON.stringify(surplus[0])} is one too many`);
  const replay = await replayOf(given);
  const level = given.choice('level', ['must', 'should', 'may']);
  const rules = selectRules(serverRules, {
    rule: replay ? [replay.rule] : given.all('rule'),
    skip: given.all('skip'),
    area: given.list('area'),
    ...(level === undefined ? {} : { level }),
  });
  const runOptions = runOptionsOf(given, replay?.seed);
  const baseline = await openBaseline(given.text('baseline'), given.has('update-baseline'));
  const definition = await describeTarget(target, given);
  const writer = await reportWriter(given.list('reporter'), given.text('output'), terminal);

  const draft = new ReportDraft(
    systemClock.wallTime(),
    rules.map(({ id }) => id),
  );
  const startedAtMs = systemClock.now();
  const progress = new Progress();
  const hideProgress = showProgress(progress, terminal, systemClock);
  const interrupt = abortOnSignal(systemClock, () =>
    terminal.complain('interrupted; the report follows (once more ends at once)'),
  );
  const command = commandLine(target, given, definition);
  const recordings: Recording[] = [];
  const options = { ...runOptions, rules, clock: systemClock, signal: interrupt.signal, command };
  try {
    for await (const event of run(definition, { ...options, replay: replay?.commands })) {
      if (event.kind === 'recording') recordings.push(event.recording);
      draft.take(event);
      progress.take(event);
    }
  } catch (error) {
    if (error instanceof SettingError) throw error;
    draft.breakOff({ why: 'harness', message: `the harness broke: ${error instanceof Error ? error.stack : error}` });
  } finally {
    hideProgress();
    interrupt.release();
  }
  const expectations = {
    strict: given.has('strict'),
    requireAccess: given.has('require-access'),
    requireDecision: given.has('require-decision'),
  };
  // What cannot be written keeps nothing else from being written.
  const problems: string[] = [];
  const unless = async <T>(what: string, task: Promise<T> | undefined): Promise<T | undefined> =>
    task?.catch((error: Error) => void problems.push(`${what} cannot be written: ${error.message}`));
  const standing = await unless(
    `--baseline ${given.text('baseline')}`,
    baseline?.settle(draft.results, expectations.strict),
  );
  const drafted = draft.report(systemClock.now() - startedAtMs, expectations, standing);
  const report =
    (await unless('a replay file', withReplays(drafted, recordings, given.text('output'), command))) ?? drafted;
  problems.push(...(await writer.write(report)));
  const { brokenOff, results } = report;
  if (brokenOff && brokenOff.why !== 'interrupted') terminal.complain(brokenOff.message);
  for (const problem of problems) terminal.complain(problem);
  return exitCode({ results, brokenOff, ...standing, ...expectations, reportLost: problems.length > 0 });
}

/** What `--replay-file` asks for. @throws UsageError */
async function replayOf(given: Given): Promise<Replay | undefined> {
  const file = given.text('replay-file');
  if (file === undefined) return undefined;
  const other = (['rule', 'skip', 'area', 'level'] as const).find((name) => given.has(name));
  if (other) throw new UsageError(`--replay-file names the rule itself; take --${other} away`);
  return openReplayFile(file);
}

/** The report with what does each failed history again: its replay file, or how to get one. */
async function withReplays(
  report: Report,
  recordings: readonly Recording[],
  folder: string | undefined,
  command: string,
): Promise<Report> {
  if (recordings.length === 0) return report;
  const files = folder === undefined ? undefined : await keepRecordings(recordings, folder);
  const results = report.results.map((result) => {
    const { id, reproduce = '' } = result;
    if (!recordings.some(({ rule }) => rule === id)) return result;
    const file = files?.get(id);
    const line = file
      ? `${command} --replay-file ${shellQuote(file)}`
      : '# with --output DIR these commands and what was on the wire are kept for --replay-file';
    return { ...result, reproduce: `${reproduce}\n${line}` };
  });
  return { ...report, results };
}

/**
 * @param seed of the replay file
 * @throws UsageError
 */
function runOptionsOf(given: Given, seed?: number): Omit<RunOptions, 'rules' | 'clock'> {
  if (given.has('quick') && given.has('thorough')) throw new UsageError('--quick and --thorough exclude each other');
  const effort = efforts[given.has('quick') ? 'quick' : given.has('thorough') ? 'thorough' : 'default'];
  const runs = given.wholeNumber('runs', 1);
  const jobs = given.wholeNumber('jobs', 1);
  const timeout = given.text('timeout');
  return {
    seed: given.wholeNumber('seed', 0, 2 ** 31 - 1) ?? seed ?? freshSeed(),
    effort: runs === undefined ? effort : { ...effort, runs },
    disruptive: given.has('disruptive'),
    ...(jobs === undefined ? {} : { jobs }),
    ...(timeout === undefined ? {} : { timeoutMs: secondsToMs(timeout) }),
  };
}

function secondsToMs(text: string): number {
  return parseQuantity('--timeout', /^[\d.]+$/.test(text) ? `${text}s` : text, 'ms');
}

/** What repeats this run, but for the choice of rules and seed: the flags that say what is judged and how. */
function commandLine(target: string, given: Given, definition: TargetDefinition): string {
  const words = [target];
  for (const [name, flag] of Object.entries<Flag>(checkFlags)) {
    const repeats = name in targetFlags || ['runs', 'quick', 'thorough', 'disruptive'].includes(name);
    if (!repeats) continue;
    for (const value of given.all(name as keyof typeof checkFlags))
      words.push(`--${name}`, ...(flag.value ? [value] : []));
  }
  const program = process.env.npm_command === 'exec' ? 'npx ssert' : 'ssert';
  return `${program} check ${redact(words, secretsOf(definition)).map(shellQuote).join(' ')}`;
}
