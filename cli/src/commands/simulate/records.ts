import { parseQuantity } from '@ssert/conformance/settings';
import { SettingError } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import {
  arrivalsOf,
  compressed,
  csv,
  ndjson,
  type Profile,
  type RecordOptions,
  timedRecords,
  until,
  usageRecords,
  withOverrides,
} from '@ssert/simulator';
import type { Command } from '../../command.ts';
import { parseHeader } from '../../describe-target.ts';
import type { Flag, GivenFlags } from '../../flags.ts';
import { abortOnSignal } from '../../interrupt.ts';
import type { Terminal } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';
import { defaultStart, profileFrom } from './profile-source.ts';
import { exitCodeOf, publish, wordsOfPublished } from './publisher.ts';

const publishing = 'Publishing';

const recordsFlags = {
  profile: {
    value: 'NAME|FILE',
    meaning: 'quiet, office, steady-api, launch-day, incident, or a file. Default office.',
  },
  seed: { value: 'N', meaning: 'The same seed gives the same records. Default 1.' },
  duration: { value: 'TIME', meaning: 'How much time is simulated. Default 1h.' },
  start: { value: 'TIME|now', meaning: `When it begins, RFC 3339. Default ${defaultStart}, with --publish now.` },
  set: {
    value: 'PATH=VALUE',
    repeatable: true,
    meaning: 'Replaces a parameter of the profile, such as records.users=5',
  },
  scale: { value: 'WAY=N', repeatable: true, meaning: 'More or less of it: copies=4, speed=2, intensity=3, share=0.1' },
  format: { value: 'ndjson|csv', meaning: 'What is printed. Default ndjson.' },
  publish: { value: 'URL', group: publishing, meaning: 'Posts the records at their times in place of printing them' },
  speed: { value: 'N', group: publishing, meaning: 'So many times as fast as in their own time. Default 1.' },
  as: { value: 'usage|event', group: publishing, meaning: 'An array of records, or {"event","data"}. Default usage.' },
  header: { value: "'Name: value'", repeatable: true, group: publishing, meaning: 'Header of every post' },
  connections: { value: 'N', group: publishing, meaning: 'Posts that may be on their way at once. Default 64.' },
  timeout: { value: 'TIME', group: publishing, meaning: 'How long an answer may take. Default 10s.' },
} as const satisfies Record<string, Flag>;

type Given = GivenFlags<typeof recordsFlags>;

export const recordsCommand: Command = {
  name: 'simulate',
  usage: 'simulate [flags]    ssert simulate fit|describe|population --help',
  summary:
    'Makes usage records with the bursts of real traffic. Published, they come at their times whatever the server does: a late answer does not slow the schedule.',
  flags: recordsFlags,
  examples: [
    ['ssert simulate --profile launch-day --seed 7 --duration 2h > usage.ndjson', 'to a file'],
    ['ssert simulate --publish http://localhost:4000/usage --speed 10', 'an hour in six minutes'],
    ['ssert simulate --scale copies=20 --set records.users=1000 --format csv', 'twenty such services'],
  ],
  exitCodes: [
    [0, 'all were printed, or accepted'],
    [1, 'some were not accepted'],
    [2, 'wrong usage'],
    [3, 'none was accepted'],
  ],
  run: simulate,
};

async function simulate(given: Given, terminal: Terminal): Promise<number> {
  const [surplus] = given.positionals;
  if (surplus !== undefined)
    throw new UsageError(`${JSON.stringify(surplus)} is no word for simulate; it knows fit, describe and population`);
  const profile = overridden(await profileFrom(given.text('profile') ?? 'office'), given);
  const seed = given.wholeNumber('seed', 0) ?? 1;
  const url = given.text('publish');
  const startText = given.text('start') ?? (url === undefined ? defaultStart : 'now');
  const startMs = startText === 'now' ? systemClock.wallTime() : Date.parse(startText);
  if (Number.isNaN(startMs))
    throw new UsageError(`--start is ${JSON.stringify(startText)}; give ${defaultStart} or now`);
  const durationS = parseQuantity('--duration', given.text('duration') ?? '1h', 'ms') / 1000;
  const times = until(arrivalsOf(profile, seed, startMs), durationS);
  if (url === undefined) return print(times, profile, { seed, startMs }, given, terminal);
  if (!/^https?:/.test(url) || !URL.canParse(url))
    throw new UsageError(`--publish is ${JSON.stringify(url)}; give an http URL`);
  // What begins now is dated when it comes; what has a time of its own keeps it.
  const speed = parseQuantity('--speed', given.text('speed') ?? '1', 'events');
  const [played, left] = startText === 'now' ? [compressed(times, speed), 1] : [times, speed];
  return publishAll(url, played, profile, { seed, startMs }, left, given, terminal);
}

async function print(
  times: Iterable<number>,
  profile: Profile,
  options: RecordOptions,
  given: Given,
  terminal: Terminal,
): Promise<number> {
  for (const name of ['speed', 'as', 'header', 'connections', 'timeout'] as const) {
    if (given.has(name)) throw new UsageError(`--${name} goes with --publish URL`);
  }
  const write = given.choice('format', ['ndjson', 'csv']) === 'csv' ? csv : ndjson;
  for (const chunk of write(usageRecords(times, profile.records, options))) {
    terminal.print(chunk);
    await terminal.flush();
    if (terminal.outputClosed) break;
  }
  return 0;
}

async function publishAll(
  url: string,
  times: Iterable<number>,
  profile: Profile,
  options: RecordOptions,
  speed: number,
  given: Given,
  terminal: Terminal,
): Promise<number> {
  if (given.has('format')) throw new UsageError('--format goes without --publish: posts are JSON');
  const interrupt = abortOnSignal(systemClock, () => undefined);
  const beganMs = systemClock.now();
  try {
    const published = await publish(timedRecords(times, profile.records, options), {
      url,
      clock: systemClock,
      speed,
      signal: interrupt.signal,
      headers: Object.fromEntries(given.all('header').map(parseHeader)),
      as: given.choice('as', ['usage', 'event']) ?? 'usage',
      connections: given.wholeNumber('connections', 1) ?? 64,
      timeoutMs: parseQuantity('--timeout', given.text('timeout') ?? '10s', 'ms'),
    });
    terminal.print(wordsOfPublished(published, systemClock.now() - beganMs));
    if (published.problem !== undefined) terminal.complain(`not every post was accepted: ${published.problem}`);
    return exitCodeOf(published);
  } finally {
    interrupt.release();
  }
}

function overridden(profile: Profile, given: Given): Profile {
  const scale = given.all('scale').map((text) => {
    const [by, factor] = assignment('--scale', text);
    return { by, factor: Number(factor) };
  });
  const paths = given.all('set').map((text) => {
    const [path, value] = assignment('--set', text);
    return [path, jsonOrText(value)] as const;
  });
  try {
    return withOverrides(
      profile,
      scale.length > 0 ? [...paths, ['scale', [...(profile.scale ?? []), ...scale]]] : paths,
    );
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    const { setting, message } = error;
    // Setting a whole part, the fault may be within it.
    const text = given.all('set').findLast((one) => `${setting}.`.startsWith(`${one.slice(0, one.indexOf('='))}.`));
    throw text === undefined ? error : new UsageError(`--set ${text}: ${message}`);
  }
}

function assignment(flag: string, text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`${flag} is ${JSON.stringify(text)}; give it as NAME=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
