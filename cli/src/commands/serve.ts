import { once } from 'node:events';
import { parseQuantity } from '@ssert/conformance/settings';
import { SettingError } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import {
  LogUnavailable,
  type ReferenceServer,
  type ServerOptions,
  type Setting,
  serverSettings,
  startReferenceServer,
} from '@ssert/server';
import type { Command } from '../command.ts';
import type { Flag, GivenFlags } from '../flags.ts';
import { abortOnSignal } from '../interrupt.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const defaultPort = 4000;

/** A secret given here stands in no list of processes. */
const tokenVariable = 'SSERT_PUBLISH_TOKEN';

/** The server's settings, each with the flag that is made from it: `heartbeatMs` is `--heartbeat`. */
const settings = Object.entries(serverSettings).map(([name, setting]) => ({
  name,
  setting,
  flag: name.replace(/Ms$|s(?<=Origins)$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
}));

export const serveCommand: Command = {
  name: 'serve',
  usage: 'serve [flags]',
  summary: 'Starts the reference server, which keeps every rule. Ctrl-C ends every stream cleanly and then the server.',
  flags: Object.fromEntries(settings.map(({ name, flag, setting }) => [flag, flagOf(name, setting)])),
  examples: [
    ['ssert serve', `on http://127.0.0.1:${defaultPort}`],
    ['ssert serve --port 0 --events --heartbeat 5s', 'a free port, and a channel that takes any event'],
  ],
  exitCodes: [
    [0, 'ended by Ctrl-C or SIGTERM'],
    [2, 'wrong usage, a port that is taken included'],
    [4, 'the server broke'],
  ],
  run: serve,
};

async function serve(given: GivenFlags<Record<string, Flag>>, terminal: Terminal): Promise<number> {
  const [surplus] = given.positionals;
  if (surplus !== undefined) throw new UsageError(`ssert serve takes no argument; leave ${surplus} away`);
  const server = await start(given);
  const interrupt = abortOnSignal(systemClock, () => undefined);
  try {
    terminal.print(greeting(server.url, given.has('events'), tokenGiven(given) !== undefined));
    if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort');
    await server.close();
    return 0;
  } finally {
    interrupt.release();
  }
}

function tokenGiven(given: GivenFlags<Record<string, Flag>>): string | undefined {
  return given.text('publish-token') ?? (process.env[tokenVariable] || undefined);
}

async function start(given: GivenFlags<Record<string, Flag>>): Promise<ReferenceServer> {
  const values = settings.flatMap(({ name, flag, setting }) =>
    given.has(flag) ? [[name, valueOfFlag(given, flag, setting)] as const] : [],
  );
  const publishToken = tokenGiven(given);
  const options: ServerOptions = { port: defaultPort, ...Object.fromEntries(values), publishToken };
  try {
    return await startReferenceServer(options);
  } catch (error) {
    throw understood(error, given, options);
  }
}

/** The error in terms of flags, where it is one about them. */
function understood(error: unknown, given: GivenFlags<Record<string, Flag>>, { port, host }: ServerOptions): unknown {
  if (error instanceof SettingError) {
    const { flag = error.setting, setting } = settings.find(({ name }) => name === error.setting) ?? {};
    if (setting?.kind === 'secret') return new UsageError(`--${flag} cannot be used; give ${error.allowed}`);
    if (setting?.kind === 'switch') return new UsageError(`--${flag} is given; give ${inFlags(error.allowed)}`);
    // The store's value is the error's, which leaves the credentials out.
    const value = flag === 'store' ? error.value : given.all(flag).join(',');
    return new UsageError(`--${flag} is ${JSON.stringify(value)}; give ${inFlags(error.allowed)}`);
  }
  if (error instanceof LogUnavailable) return new UsageError(error.message);
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new UsageError(`port ${port} is taken: give another one with --port (0 takes a free one)`);
    case 'EACCES':
      return new UsageError(`port ${port} is not for everyone: give one above 1023 with --port`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new UsageError(`${host} is no address of this machine: give another --host`);
    default:
      return error;
  }
}

/** A sentence that names settings, as one that names their flags. */
function inFlags(sentence: string): string {
  return settings.reduce((text, { name, flag }) => text.replace(new RegExp(`\\b${name}\\b`), `--${flag}`), sentence);
}

function flagOf(name: string, setting: Setting): Flag {
  const standard = name === 'port' ? defaultPort : setting.default;
  const byDefault =
    typeof standard === 'boolean' || String(standard) === '' ? '' : ` Default ${shown(standard, setting)}.`;
  const meaning = `${setting.meaning}${byDefault}`;
  switch (setting.kind) {
    case 'switch':
      return { meaning };
    case 'integer':
      return { value: setting.unit === 'ms' ? 'TIME' : setting.unit === 'bytes' ? 'SIZE' : 'N', meaning };
    case 'choice':
      return { value: setting.choices.join('|').length <= 16 ? setting.choices.join('|') : 'LEVEL', meaning };
    case 'text':
      return { value: 'TEXT', meaning };
    case 'secret':
      return { value: 'TOKEN', meaning: `${meaning} Better given as ${tokenVariable}.` };
    case 'origins':
      return { value: 'ORIGIN', repeatable: true, meaning };
  }
}

function shown(value: unknown, setting: Setting): string {
  if (setting.kind === 'integer' && setting.unit === 'ms') return `${Number(value) / 1000}s`;
  if (setting.kind === 'integer' && setting.unit === 'bytes') return `${Number(value) / 1024 ** 2}MiB`;
  return String(value);
}

function valueOfFlag(given: GivenFlags<Record<string, Flag>>, flag: string, setting: Setting): unknown {
  const text = given.text(flag) ?? '';
  switch (setting.kind) {
    case 'switch':
      return true;
    case 'integer':
      if (setting.unit === undefined || text === '0') return given.wholeNumber(flag, setting.min, setting.max);
      return Math.round(parseQuantity(`--${flag}`, text, setting.unit));
    case 'choice':
      return given.choice(flag, setting.choices);
    case 'text':
    case 'secret':
      return text;
    case 'origins':
      return given.list(flag);
  }
}

function greeting(url: string, events: boolean, needsToken: boolean): string {
  const record = JSON.stringify({ id: 1, creditsUsed: 5, createdAt: new Date(systemClock.wallTime()).toISOString() });
  const authorization = needsToken ? ` -H "Authorization: Bearer $${tokenVariable}"` : '';
  const post = `curl -H 'Content-Type: application/json'${authorization} -d`;
  const lines = [
    `The reference server is at ${url} (Ctrl-C ends it). Try in two other terminals:`,
    `  curl -N ${url}/usage/stream`,
    `  ${post} '${record}' ${url}/usage`,
  ];
  if (events)
    lines.push('and the generic channel:', `  curl -N ${url}/events`, `  ${post} '{"data":"hello"}' ${url}/events`);
  return lines.join('\n');
}
