import { existsSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import { kill } from 'node:process';
import { pathToFileURL } from 'node:url';
import {
  type BoundName,
  checkForm,
  type Profile,
  parseBoundAssignment,
  profiles,
  slowPolicies,
  type TargetDefinition,
} from '@ssert/conformance';
import { trustIn } from '@ssert/conformance/access';
import { SettingError } from '@ssert/protocol';
import type { Flag, GivenFlags } from './flags.ts';
import { wrongIn } from './named-file.ts';
import { UsageError } from './usage-error.ts';

export const access = 'What ssert may use (each line unlocks more rules)';
const promises = 'What the server promises';

type TargetFlag =
  | ('header' | 'method' | 'data' | 'publish' | 'stats' | 'stats-path' | 'start' | 'pid' | 'ca')
  | ('profile' | 'replay' | 'slow-policy' | 'bound' | 'origin' | 'http2');

/** The flags that describe a server under test; each has its key in a target file. */
export const targetFlags: Readonly<Record<TargetFlag, Flag>> = {
  header: { value: "'Name: value'", repeatable: true, group: access, meaning: 'Header of every stream request' },
  method: { value: 'METHOD', group: access, meaning: 'Method of the stream request; default GET, or POST with --data' },
  data: { value: 'TEXT', mayBeEmpty: true, group: access, meaning: 'Body of the stream request' },
  publish: { value: 'URL', group: access, meaning: 'Takes POST {"data","event"?,"id"?,"retry"?} and sends that event' },
  stats: { value: 'URL', group: access, meaning: 'JSON that tells the number of open streams' },
  'stats-path': { value: 'POINTER', group: access, meaning: 'Where it does; default /openStreams' },
  start: { value: 'COMMAND', group: access, meaning: 'Starts the server; {port} in it and in URLs is filled in' },
  pid: { value: 'N', group: access, meaning: 'Process of a server that runs already, for rules that only look at it' },
  ca: { value: 'FILE', group: access, meaning: 'PEM file with certificates to trust, for a server that signs its own' },
  profile: { value: 'A,B', repeatable: true, group: promises, meaning: `${profiles.join(' ')}; default live` },
  replay: { value: 'N', group: promises, meaning: 'Events that can be replayed; implies resumable' },
  'slow-policy': { value: 'POLICY', group: promises, meaning: `Fate of slow readers: ${slowPolicies.join(' ')}` },
  bound: {
    value: 'NAME=VALUE',
    repeatable: true,
    group: promises,
    meaning: 'A limit, such as idle-hard=30s or event=100ms',
  },
  origin: { value: 'ORIGIN', group: promises, meaning: 'An origin whose pages may read the stream' },
  http2: { value: 'URL', group: promises, meaning: 'The stream over HTTP/2 where its URL is another; implies h2' },
};

type Given = GivenFlags<typeof targetFlags>;

/**
 * The target that a URL or a target file describes, with the flags put over it.
 * @param text what stands for TARGET on the command line
 * @throws UsageError in one line
 */
export async function describeTarget(text: string, given: Given): Promise<TargetDefinition> {
  if (/^https?:\/\//i.test(text)) return withFlags({ stream: checkedUrl('TARGET', text) }, given);
  if (/^\.[cm]?[jt]s$/.test(extname(text))) return withFlags(await loadTargetFile(text), given);
  const meant = lacksScheme(text) ? `http://${text}` : 'http://localhost:3000/stream';
  throw new UsageError(
    `TARGET is ${JSON.stringify(text)}; give a URL such as ${meant}, or a target file that ends in .ts, .js or .mjs`,
  );
}

/** Whether a text is a URL but for its scheme, and neither one of another scheme nor the name of a file. */
function lacksScheme(text: string): boolean {
  const [, host = '', port] = /^([\w.-]+)(:\d+)?(\/|\?|$)/.exec(text) ?? [];
  const isFile = host === text && /\.(json|jsonc|ya?ml|toml|txt|md|tsx|jsx)$/i.test(text);
  return URL.canParse(`http://${text}`) && (port !== undefined || /\w\.\w|^localhost$/i.test(host)) && !isFile;
}

async function loadTargetFile(file: string): Promise<TargetDefinition> {
  if (!existsSync(file)) throw new UsageError(`there is no target file ${file}`);
  let loaded: { default?: unknown };
  try {
    loaded = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const [, own] = /^Cannot find package '(ssert|@ssert\/conformance)'/.exec(why) ?? [];
    const hint = own ? `; leave defineTarget away (export default {…}), or install ${own} beside the file` : '';
    throw new UsageError(`the target file ${file} cannot be loaded: ${why}${hint}`);
  }
  const definition = loaded.default as TargetDefinition | undefined;
  if (definition === null || typeof definition !== 'object' || !('stream' in definition)) {
    throw new UsageError(
      `the target file ${file} exports no target; end it with: export default { stream: 'http://…' }`,
    );
  }
  try {
    checkForm(definition);
  } catch (error) {
    if (error instanceof SettingError) throw wrongIn(file, error);
    throw error;
  }
  return definition;
}

function withFlags(definition: TargetDefinition, given: Given): TargetDefinition {
  const { stream } = definition;
  const method = given.text('method');
  const body = given.text('data');
  const fromFile = typeof stream === 'string' ? { url: stream } : { ...stream, url: String(stream?.url) };
  const headers = { ...fromFile.headers, ...Object.fromEntries(given.all('header').map(parseHeader)) };
  const replay = given.wholeNumber('replay', 1);
  const slowPolicy = given.choice('slow-policy', slowPolicies);
  const publish = given.text('publish');
  const origin = given.text('origin');
  const ca = given.text('ca');
  const http2 = given.text('http2');
  const process = processFrom(given) ?? definition.process;
  if (process && 'pid' in process && !isRunning(process.pid)) {
    throw new UsageError(`${given.has('pid') ? '--pid' : 'process.pid'} is ${process.pid}; there is no such process`);
  }
  const stats = statsFrom(definition, given);
  const described: TargetDefinition = {
    ...definition,
    stream: {
      ...fromFile,
      ...(Object.keys(headers).length > 0 ? { headers } : {}),
      ...(method === undefined ? {} : { method: method.toUpperCase() }),
      ...(body === undefined ? {} : { body }),
    },
    ...(publish === undefined ? {} : { publish: checkedUrl('--publish', publish) }),
    ...(stats === undefined ? {} : { stats }),
    ...(process === undefined ? {} : { process }),
    ...(given.has('profile') ? { profile: given.list('profile').map(checkedProfile) } : {}),
    ...(replay === undefined ? {} : { replay }),
    ...(slowPolicy === undefined ? {} : { slowPolicy }),
    ...(ca === undefined ? {} : { ca: checkedFile(ca) }),
    ...(http2 === undefined ? {} : { http2: checkedUrl('--http2', http2) }),
    ...(origin === undefined ? {} : { origin: checkedOrigin(origin) }),
    bounds: { ...definition.bounds, ...boundsFrom(given) },
  };
  const unfilled = process && 'start' in process ? undefined : textWithPort(described);
  if (unfilled === undefined) return described;
  throw new UsageError(`{port} in ${unfilled} needs --start COMMAND, or give the port`);
}

function textWithPort(value: unknown): string | undefined {
  if (typeof value === 'string') return value.includes('{port}') ? value : undefined;
  if (value === null || typeof value !== 'object') return undefined;
  return Object.values(value)
    .map(textWithPort)
    .find((text) => text !== undefined);
}

function statsFrom(definition: TargetDefinition, given: Given): TargetDefinition['stats'] {
  const url = given.text('stats');
  const pointer = given.text('stats-path');
  if (pointer !== undefined && !pointer.startsWith('/')) {
    throw new UsageError(`--stats-path is ${JSON.stringify(pointer)}; give a JSON pointer such as /openStreams`);
  }
  const more = pointer === undefined ? {} : { pointer };
  if (url !== undefined) return { url: checkedUrl('--stats', url), ...more };
  if (pointer === undefined) return definition.stats;
  if (typeof definition.stats !== 'object') throw new UsageError('--stats-path needs --stats URL beside it');
  return { ...definition.stats, ...more };
}

function processFrom(given: Given): TargetDefinition['process'] {
  const start = given.text('start');
  const pid = given.wholeNumber('pid', 1);
  if (start !== undefined && pid !== undefined) throw new UsageError('--start and --pid exclude each other; give one');
  if (start !== undefined) return { start };
  return pid === undefined ? undefined : { pid };
}

/** Whether there is such a process, another user's included. */
function isRunning(pid: number): boolean {
  try {
    return kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function boundsFrom(given: Given): Partial<Record<BoundName, number>> {
  return Object.fromEntries(given.all('bound').map(parseBoundAssignment));
}

/** Reads one `Name: value`. @throws UsageError where it is none */
export function parseHeader(text: string): [name: string, value: string] {
  const match = /^([!#$%&'*+.^_`|~\w-]+):[ \t]*([^\r\n\0]*)$/.exec(text);
  if (!match) throw new UsageError(`--header is ${JSON.stringify(text)}; give 'Name: value'`);
  return [match[1] ?? '', (match[2] ?? '').trimEnd()];
}

function checkedProfile(name: string): Profile {
  if (profiles.includes(name as Profile)) return name as Profile;
  throw new UsageError(`--profile is ${JSON.stringify(name)}; give one or more of ${profiles.join(',')}`);
}

function checkedOrigin(text: string): string {
  if (URL.parse(text)?.origin === text) return text;
  throw new UsageError(`--origin is ${JSON.stringify(text)}; give an origin such as https://app.example`);
}

function checkedFile(ca: string): string {
  try {
    trustIn(ca);
    return ca;
  } catch (error) {
    throw error instanceof SettingError ? new SettingError('--ca', error.value, error.allowed) : error;
  }
}

function checkedUrl(setting: string, text: string): string {
  const url = URL.parse(text.replaceAll('{port}', '1'));
  if (url && /^https?:$/.test(url.protocol)) return text;
  throw new UsageError(`${setting} is ${JSON.stringify(text)}; give a URL such as http://localhost:3000/stream`);
}
