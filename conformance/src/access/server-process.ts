import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { type Clock, sleep } from '@ssert/protocol';
import { endWithThisProcess } from './end-with-this-process.ts';
import { isRunning, listeningPids, type Vitals, vitals } from './proc.ts';
import { hasEnded, signalGroup, signalOne, stopGroup } from './process-group.ts';
import { tellingLines } from './telling-lines.ts';

/** A server that the harness started. */
export interface ServerProcess {
  readonly port: number;
  /** The process that owns the listening socket, not a shell in front of it; of a master and its workers the master. */
  readonly pid: number;
  vitals(): Promise<Vitals>;
  alive(): boolean;
  /** What it wrote to its standard error, at most the last 64 KiB. */
  complaint(): string;
  /** Signals the process that listens, and no other. */
  signal(name: NodeJS.Signals): void;
  /** Waits for the end of that process; undefined where it still runs after `timeoutMs`. */
  exitWithin(timeoutMs: number): Promise<ProcessExit | undefined>;
  /** Whether nothing listens on its port. */
  portIsFree(): Promise<boolean>;
  /** Ends it and all that it started: SIGTERM, and SIGKILL after a second. */
  stop(): Promise<void>;
}

/** How a process ended. Only its parent learns of it, so both are undefined where that is another process. */
export interface ProcessExit {
  readonly code?: number;
  readonly signal?: NodeJS.Signals;
}

/** The server could not be started; the message says what to change. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/**
 * Runs a shell command that starts a server, and waits until something listens on its port.
 * @param command `{port}` in it stands for `port`
 * @throws StartError where it ends, or does not listen within `timeoutMs`
 */
export async function startServer(
  command: string,
  options: {
    port: number;
    cwd?: string | undefined;
    host: string;
    clock: Clock;
    timeoutMs: number;
    signal: AbortSignal;
  },
): Promise<ServerProcess> {
  const { port, clock, signal } = options;
  if (await accepts(options.host, port)) {
    throw new StartError(
      `port ${port} is taken before --start ran: end what listens there, or give {port} in the command`,
    );
  }
  const child = spawn(command.replaceAll('{port}', String(port)), {
    shell: true,
    // A process group of its own, so that what the shell started ends with it.
    detached: true,
    // Nobody reads its standard output: a pipe that we are late to empty would hold up a server that logs there.
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const { pid: leader } = child;
  if (leader !== undefined) {
    child.once(
      'exit',
      endWithThisProcess(() => signalGroup(leader, 'SIGKILL')),
    );
  }
  let complaint = '';
  child.stderr?.on('data', (part: Buffer) => {
    complaint = (complaint + part.toString()).slice(-65_536);
  });
  const deadline = clock.now() + options.timeoutMs;
  while (!(await accepts(options.host, port))) {
    const ended = hasEnded(child);
    if (ended || clock.now() > deadline || signal.aborted) {
      await stopGroup(child, clock);
      const why = ended
        ? `ended with ${child.signalCode ?? `exit code ${child.exitCode}`}`
        : `did not listen on port ${port} within ${options.timeoutMs / 1000} s`;
      const told = tellingLines(complaint);
      const silent = ended ? '; it said nothing on standard error: run it by hand to see its standard output' : '';
      throw new StartError(`the --start command ${why}${told === '' ? silent : `; it said: ${told}`}`);
    }
    await sleep(clock, 20, signal);
  }
  const [pid = child.pid ?? 0] = await listeningPids(port);
  let everyone: readonly number[] | undefined;
  return {
    port,
    pid,
    vitals: async () => {
      // A master listens before its workers are there, so they are looked up late.
      everyone ??= await listeningPids(port);
      return vitals(everyone.length > 0 ? everyone : [pid]);
    },
    alive: () => !hasEnded(child),
    complaint: () => complaint,
    signal: (name) => signalOne(pid, name),
    exitWithin: async (exitMs) => {
      const overdueMs = clock.now() + exitMs;
      const isChild = pid === child.pid;
      for (;;) {
        if (isChild ? hasEnded(child) : !(await isRunning(pid))) return isChild ? exitOf(child) : {};
        if (clock.now() >= overdueMs || signal.aborted) return undefined;
        await sleep(clock, 5, signal);
      }
    },
    portIsFree: async () => !(await accepts(options.host, port)),
    stop: async () => {
      await stopGroup(child, clock);
      // What the shell started may outlive it for a moment, and the next server may want the same port.
      const freeAtMs = clock.now() + 1000;
      while (clock.now() < freeAtMs && (await accepts(options.host, port))) await sleep(clock, 10);
    },
  };
}

/** Whether something listens there. */
export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function exitOf({ exitCode, signalCode }: ChildProcess): ProcessExit {
  return { ...(exitCode === null ? {} : { code: exitCode }), ...(signalCode === null ? {} : { signal: signalCode }) };
}
