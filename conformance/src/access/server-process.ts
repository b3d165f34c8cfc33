import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { type Clock, sleep } from '@ssert/protocol';

/** A server that the harness started. */
export interface ServerProcess {
  readonly port: number;
  /** The process that owns the listening socket, not a shell in front of it. */
  readonly pid: number;
  /** Resident memory of that process, in bytes. */
  residentBytes(): Promise<number>;
  alive(): boolean;
  /** What it wrote to its standard error last. */
  complaint(): string;
  /** Ends it and all that it started: SIGTERM, and SIGKILL after a second. */
  stop(): Promise<void>;
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
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const { pid: leader } = child;
  if (leader !== undefined) {
    // However this process ends, what it started does not outlive it.
    const end = (): void => signalGroup(leader, 'SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.removeListener('exit', end));
  }
  let complaint = '';
  child.stderr?.on('data', (part: Buffer) => {
    complaint = (complaint + part.toString()).slice(-2000);
  });
  const deadline = clock.now() + options.timeoutMs;
  while (!(await accepts(options.host, port))) {
    const ended = child.exitCode !== null || child.signalCode !== null;
    if (ended || clock.now() > deadline || signal.aborted) {
      await stop(child, clock);
      const why = ended
        ? `ended with ${child.signalCode ?? `exit code ${child.exitCode}`}`
        : `did not listen on port ${port} within ${options.timeoutMs / 1000} s`;
      throw new StartError(
        `the --start command ${why}${complaint === '' ? '' : `; it said: ${complaint.trim().split('\n').at(-1)}`}`,
      );
    }
    await sleep(clock, 20, signal);
  }
  const pid = (await listeningPid(port)) ?? child.pid ?? 0;
  return {
    port,
    pid,
    residentBytes: () => residentBytes(pid),
    alive: () => child.exitCode === null && child.signalCode === null,
    complaint: () => complaint,
    stop: async () => {
      await stop(child, clock);
      // What the shell started may outlive it for a moment, and the next server may want the same port.
      const freeAtMs = clock.now() + 1000;
      while (clock.now() < freeAtMs && (await accepts(options.host, port))) await sleep(clock, 10);
    },
  };
}

/** Resident memory of a process in bytes, from /proc. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new Error(`process ${pid} tells no resident memory: it has ended`);
  return Number(kib) * 1024;
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

async function stop(child: ChildProcess, clock: Clock): Promise<void> {
  if (child.pid === undefined) return;
  const gone = new Promise<void>((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });
  signalGroup(child.pid, 'SIGTERM');
  const patience = new AbortController();
  await Promise.race([gone, sleep(clock, 1000, patience.signal)]);
  patience.abort();
  // The group may outlive the shell that led it.
  signalGroup(child.pid, 'SIGKILL');
  await gone;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: nothing of the group is left, which is what was wanted.
  }
}

/** The process that owns the socket listening on a port, from /proc; undefined where that cannot be told. */
async function listeningPid(port: number): Promise<number | undefined> {
  const inodes = new Set<string>();
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const columns = line.trim().split(/\s+/);
      if (columns[1]?.endsWith(wanted) && columns[3] === '0A' && columns[9]) inodes.add(`socket:[${columns[9]}]`);
    }
  }
  if (inodes.size === 0) return undefined;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const link = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (inodes.has(link)) return Number(pid);
    }
  }
  return undefined;
}
