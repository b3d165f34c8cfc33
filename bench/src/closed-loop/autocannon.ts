import { performance } from 'node:perf_hooks';
import { SettingError } from '@ssert/protocol';
import type { Client, Options, Result } from 'autocannon';
import type { StreamRequest } from '../engine/receiver-plan.ts';
import { broken, limits } from '../self-check/limits.ts';
import { type HostFigures, hostFigures } from '../server-use/host-figures.ts';

/** What autocannon is asked for: each connection sends its next request when the answer to the last one has come. */
export interface ClosedLoop {
  readonly request: Pick<StreamRequest, 'url' | 'method' | 'headers' | 'body'>;
  readonly connections: number;
  /** How long, in whole seconds, or how many requests in all. */
  readonly until: { readonly durationMs: number } | { readonly requests: number };
  /** An answer that has not ended by then never will; whole seconds count. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Listens to each connection before its first request. */
  readonly listen?: (client: Client) => void;
  /** Told of each answer that ended. @param us from its request */
  readonly answered?: (client: Client, status: number, us: number) => void;
}

/** What became of it. */
export interface ClosedLoopRun {
  /** How long it took. */
  readonly seconds: number;
  /** Answers by their status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Connections that broke, and requests that had no answer in time. */
  readonly errors: number;
  /** Share of the time that autocannon's event loop was busy. */
  readonly loopUtilisation: number;
  /** Why nothing is said about the server; one sentence each. */
  readonly doubts: readonly string[];
}

/**
 * Refuses what autocannon 9 measures wrong, each with the reason.
 * @param setting that has the URL
 * @throws SettingError
 */
export function checkClosedLoop(
  { request, connections }: Pick<ClosedLoop, 'request' | 'connections'>,
  setting = 'url',
): void {
  const { protocol } = new URL(request.url);
  // It sends `rejectUnauthorized: false`, whatever it is told.
  if (protocol === 'https:') throw new SettingError(setting, request.url, 'an http URL: autocannon verifies no TLS');
  // All sockets are opened in one tick, from one address.
  if (!Number.isInteger(connections) || connections < 1 || connections > mostConnections) {
    throw new SettingError(
      'connections',
      connections,
      `a whole number from 1 to ${mostConnections}: autocannon opens them all at once`,
    );
  }
}

const mostConnections = 10_000;

/**
 * Runs autocannon in this thread: with its own workers it rounds connections down and loses samples. No rate is set, as
 * its correction for omissions takes seconds for milliseconds.
 * @throws SettingError where it would measure something wrong
 */
export async function runAutocannon(load: ClosedLoop): Promise<ClosedLoopRun> {
  checkClosedLoop(load);
  const { request, connections, until, timeoutMs, signal, listen, answered } = load;
  const { default: autocannon } = await import('autocannon');
  const statuses: Record<string, number> = {};
  let errors = 0;
  const hostBefore = hostFigures();
  const loopBefore = performance.eventLoopUtilization();
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  const options: Options = {
    url: request.url,
    method: request.method as 'GET',
    headers: { ...request.headers },
    ...(request.body === undefined ? {} : { body: request.body }),
    connections,
    ...('requests' in until ? { amount: until.requests } : { duration: wholeSeconds(until.durationMs) }),
    // Armed when a request is written, never by data. Where this thread was late by more than what is left of it, Node warns of
    // a negative time (TimeoutNegativeWarning): the timer is due then, and right all the same.
    timeout: wholeSeconds(timeoutMs),
    // It reconnects at once, for ever: a closed port would be asked thousands of times a second.
    bailout: connections,
    ...(listen ? { setupClient: listen } : {}),
  };
  const instance = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)));
  instance.on('response', (client, status, _bytes, ms) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
    answered?.(client, status, ms * 1000);
  });
  instance.on('reqError', () => {
    errors += 1;
  });
  const stop = (): void => instance.stop();
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  const result = await promise;
  signal.removeEventListener('abort', stop);
  const { utilization } = performance.eventLoopUtilization(loopBefore);
  const seconds = result.duration;
  return { seconds, statuses, errors, loopUtilisation: utilization, doubts: doubtsOf(hostBefore, seconds) };
}

/** Whether autocannon, not the server, may have been what took the time. */
export function wasBusy({ loopUtilisation }: Pick<ClosedLoopRun, 'loopUtilisation'>): boolean {
  return loopUtilisation > limits.loopUtilisation;
}

/** Why times may not be the server's: autocannon's own part beside what others did. */
export function doubtsOnTimes(run: Pick<ClosedLoopRun, 'loopUtilisation' | 'doubts'>): readonly string[] {
  return wasBusy(run) ? [...run.doubts, "autocannon's event loop was busy: the times may be its own"] : run.doubts;
}

/** Autocannon knows no others. */
export function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1000);
}

/** What others did to this machine meanwhile. */
function doubtsOf(before: HostFigures, seconds: number): string[] {
  const after = hostFigures();
  const steal = (after.stolenTicks - before.stolenTicks) / Math.max(1, after.cpuTicks - before.cpuTicks);
  const waitedUs =
    after.psiCpuUs === null || before.psiCpuUs === null ? null : (after.psiCpuUs - before.psiCpuUs) / seconds;
  return broken({ ...atEase, steal, psi: waitedUs === null ? null : waitedUs / 1e6 });
}

/** What is not looked at here. */
const atEase = {
  loopUtilisation: 0,
  loopDelayP99Us: 0,
  threadCpu: 0,
  cpuWait: 0,
  // Who asks and who answers are not told from others.
  foreignCpu: null,
  publishLagP99Us: 0,
  filesLeft: 1,
  portsLeft: 1,
};
