import { readFileSync } from 'node:fs';
import { type BenchAccess, publishConnections } from '@ssert/bench';
import type { TargetDefinition } from '@ssert/conformance';
import {
  freePort,
  HttpCaller,
  openStreams,
  type Publish,
  publisher,
  resolveTarget,
  type ServerProcess,
  StartError,
  startServer,
  type Target,
  TargetUnreachable,
  trustIn,
  wantsPort,
} from '@ssert/conformance/access';
import { SettingError } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { requireStream } from './before-load.ts';
import { type BouncingCommands, CommandFailed, ServerCommands } from './server-commands.ts';
import { UsageError } from './usage-error.ts';

/** A server that is reached, and released at the end of the run. */
export interface OpenedAccess extends AsyncDisposable {
  readonly access: BenchAccess;
  readonly target: Target;
}

/**
 * Starts the server where the target says how, and makes of the target what a bench may use.
 * @param bouncing how a server that runs already is killed and started again
 * @throws StartError where the server does not start @throws SettingError @throws UsageError
 */
export async function openAccess(
  definition: TargetDefinition,
  protocol: 'http/1.1' | 'h2',
  signal: AbortSignal,
  bouncing?: { readonly commands: BouncingCommands; complain(message: string): void },
): Promise<OpenedAccess> {
  const port = wantsPort(definition) ? await freePort() : undefined;
  const target = resolveTarget(definition, port);
  const { url } = target.stream;
  const own = target.process;
  const start = own && 'start' in own ? own : undefined;
  let server: ServerProcess | undefined;
  const startAgain = async (): Promise<void> => {
    if (!start) throw new UsageError('only a server that ssert starts can be started again: give --start COMMAND');
    server = await startServer(start.start, {
      port: port ?? (Number(url.port) || (url.protocol === 'https:' ? 443 : 80)),
      cwd: start.cwd,
      host: url.hostname,
      clock: systemClock,
      timeoutMs: 60_000,
      signal,
    });
  };
  // Who has interrupted the run waits for no server that would be ended at once.
  const startUnlessOver = async (): Promise<void> => {
    if (signal.aborted) return;
    await startAgain().catch((error: Error) => {
      if (!signal.aborted) throw error;
    });
  };
  if (start) await startAgain();
  const caller = new HttpCaller({
    connections: publishConnections,
    ...(target.ca === undefined ? {} : { trust: trustIn(target.ca) }),
  });
  const given = own && 'pid' in own ? own.pid : undefined;
  const request = { ...streamRequest(definition, port), protocol };
  const commands =
    bouncing &&
    new ServerCommands(bouncing.commands, {
      answers: () => requireStream({ request }, target),
      clock: systemClock,
      complain: (message) => bouncing.complain(message),
    });
  const pid = start ? () => server?.pid ?? 0 : given === undefined ? undefined : () => given;
  return {
    target,
    access: {
      request,
      ...(target.publish === undefined ? {} : { publish: publishers(definition, port, caller) }),
      ...(target.stats === undefined ? {} : { openStreams: openStreams(target.stats, caller) }),
      ...(pid === undefined ? {} : { pid }),
      ...(start ? { control: { kill: async () => kill(server), start: startUnlessOver } } : {}),
      ...(commands ? { control: commands } : {}),
    },
    [Symbol.asyncDispose]: async () => {
      caller.close();
      await commands?.[Symbol.asyncDispose]();
      await server?.stop();
    },
  };
}

/**
 * What is to be told of an error of a run for which a server was opened: why that did not start or is not there, or which
 * command did not do its part, as a run that proves nothing ends.
 * @param flagOf how a setting is written on the command line
 * @throws UsageError that names the flag, for a setting that cannot be used; any other error as it is
 */
export function startProblem(error: unknown, flagOf: (setting: string) => string): string {
  if (error instanceof SettingError && !error.setting.startsWith('-')) {
    throw new UsageError(`${flagOf(error.setting)} is ${JSON.stringify(error.value)}; give ${error.allowed}`);
  }
  const isTold = [StartError, TargetUnreachable, CommandFailed].some((kind) => error instanceof kind);
  if (!isTold) throw error;
  return (error as Error).message;
}

async function kill(server: ServerProcess | undefined): Promise<void> {
  server?.signal('SIGKILL');
  await server?.stop();
}

/** `{channel}` stays: it stands for the topic of each stream. */
function streamRequest(definition: TargetDefinition, port: number | undefined): BenchAccess['request'] {
  const { stream } = definition;
  const given = typeof stream === 'string' ? { url: stream } : stream;
  const fill = (text: string): string => (port === undefined ? text : text.replaceAll('{port}', String(port)));
  const { method, headers = {}, body } = given;
  return {
    url: fill(given.url),
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)])),
    ...(body === undefined ? {} : { body: fill(body) }),
    ...(definition.ca === undefined ? {} : { ca: readFileSync(definition.ca, 'utf8') }),
  };
}

function publishers(
  definition: TargetDefinition,
  port: number | undefined,
  caller: HttpCaller,
): NonNullable<BenchAccess['publish']> {
  const ofTopic = new Map<string, Publish>();
  return async (data, topic) => {
    let publish = ofTopic.get(topic);
    if (!publish) {
      const { publish: way } = resolveTarget(definition, port, topic);
      publish = publisher(way as NonNullable<typeof way>, caller, topic);
      ofTopic.set(topic, publish);
    }
    return (await publish({ data })).kind;
  };
}
