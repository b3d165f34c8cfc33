import { existsSync } from 'node:fs';
import {
  type Recording,
  type Replay,
  type Rule,
  type RunEvent,
  type RunOptions,
  redact,
  run,
  secretsOf,
  selectRules,
  serverRules,
  shellQuote,
  type TargetDefinition,
} from '@ssert/conformance';
import { freshSeed, systemClock } from '@ssert/protocol/system';
import type { Command } from '../command.ts';
import { describeTarget, targetFlags } from '../describe-target.ts';
import type { Flag, GivenFlags } from '../flags.ts';
import { judgedRun, openDestination } from '../judged-run.ts';
import { isPopulation, plansIn } from '../population-file.ts';
import { keepRecordings, openReplayFile } from '../replay-file.ts';
import type { Report } from '../report.ts';
import { howFlags, howOf, onlyOperand, reportFlags, selectionOf, whichFlags } from '../run-flags.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const how = 'How to run';

const checkFlags = {
  ...targetFlags,
  ...whichFlags,
  ...howFlags,
  'replay-file': { value: 'FILE', group: how, meaning: 'Does the commands of a failed history again, nothing else' },
  population: {
    value: 'FILE',
    group: how,
    meaning: 'Plays the clients that ssert simulate population printed, in delivery/any-history',
  },
  quick: { group: how, meaning: 'A first look: fewer inputs, and idle streams are watched for 2.5 s only' },
  thorough: { group: how, meaning: 'Ten times the inputs' },
  disruptive: { group: how, meaning: 'Allows what could hurt a server, beyond this machine as well' },
  ...reportFlags,
  'require-access': {
    group: 'Report and exit code',
    meaning: 'Rules skipped for want of access count as failures',
  },
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
      'ssert check ssert.target.ts --rule delivery/any-history --population mobile.json',
      'whether people on the move get all that they should',
    ],
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
  const target = onlyOperand(given, 'TARGET', 'ssert check http://localhost:3000/stream');
  const replay = await replayOf(given);
  const rules = selectRules(serverRules, { ...selectionOf(given), ...(replay ? { rule: [replay.rule] } : {}) });
  const runOptions = runOptionsOf(given, replay?.seed);
  const population = await populationFor(rules, given);
  const destination = await openDestination(
    given,
    serverRules.map(({ id }) => id),
    terminal,
  );
  const definition = await describeTarget(target, given);
  const command = commandLine(target, given, definition);
  const recordings: Recording[] = [];
  const options = { ...runOptions, rules, clock: systemClock, command, replay: replay?.commands, population };
  return judgedRun(
    {
      ids: rules.map(({ id }) => id),
      begin: (signal) => keepingRecordings(run(definition, { ...options, signal }), recordings),
      destination,
      expectations: {
        strict: given.has('strict'),
        requireAccess: given.has('require-access'),
        requireDecision: given.has('require-decision'),
      },
      complete: (report) => withReplays(report, recordings, given.text('output'), command),
    },
    terminal,
  );
}

async function* keepingRecordings(events: AsyncIterable<RunEvent>, recordings: Recording[]): AsyncGenerator<RunEvent> {
  for await (const event of events) {
    if (event.kind === 'recording') recordings.push(event.recording);
    yield event;
  }
}

/** What `--replay-file` asks for. @throws UsageError */
async function replayOf(given: Given): Promise<Replay | undefined> {
  const file = given.text('replay-file');
  if (file === undefined) return undefined;
  const other = (['rule', 'skip', 'area', 'level'] as const).find((name) => given.has(name));
  if (other) throw new UsageError(`--replay-file names the rule itself; take --${other} away`);
  return openReplayFile(file);
}

/** Whom `--population` plays. @throws UsageError */
async function populationFor(rules: readonly Rule[], given: Given): Promise<RunOptions['population']> {
  const file = given.text('population');
  if (file === undefined) return undefined;
  if (given.has('replay-file')) throw new UsageError('--replay-file does one history alone; take --population away');
  if (isPopulation(file) && !existsSync(file)) {
    throw new UsageError(`--population takes a file: ssert simulate population ${file} > ${file}.json`);
  }
  if (rules.some(({ playsPopulations }) => playsPopulations)) return plansIn(file);
  throw new UsageError('--population is for delivery/any-history, which is not among the rules; choose it too');
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
  const asked = howOf(given, given.has('quick') ? 'quick' : given.has('thorough') ? 'thorough' : 'default');
  return { ...asked, seed: asked.seed ?? seed ?? freshSeed(), disruptive: given.has('disruptive') };
}

/** What repeats this run, but for the choice of rules and seed: the flags that say what is judged and how. */
function commandLine(target: string, given: Given, definition: TargetDefinition): string {
  const secrets = secretsOf(definition);
  const words = [redact(target, secrets)];
  for (const [name, flag] of Object.entries<Flag>(checkFlags)) {
    const repeats = name in targetFlags || ['runs', 'population', 'quick', 'thorough', 'disruptive'].includes(name);
    if (!repeats) continue;
    for (const value of given.all(name as keyof typeof checkFlags))
      words.push(`--${name}`, ...(flag.value ? [redact(value, secrets)] : []));
  }
  const program = process.env.npm_command === 'exec' ? 'npx ssert' : 'ssert';
  return `${program} check ${words.map(shellQuote).join(' ')}`;
}
