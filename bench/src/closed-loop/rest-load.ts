import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ownModule } from '../engine/own-module.ts';
import type { RestRun } from '../results/bench-result.ts';

/** Requests to a URL of the server, each connection sending the next when the last is answered. */
export interface RestLoad {
  readonly url: string;
  readonly connections: number;
}

const main = ownModule(import.meta.url, 'rest-main');

/**
 * Asks for a URL in a closed loop on a thread of its own, as this one publishes at its times.
 * @param signal ends it early
 */
export async function runRest(load: RestLoad, durationMs: number, signal: AbortSignal): Promise<RestRun> {
  const worker = new Worker(main.url, { execArgv: main.execArgv, workerData: { ...load, durationMs } });
  const stop = (): void => worker.postMessage('stop');
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    const [run] = (await once(worker, 'message')) as [RestRun];
    return run;
  } finally {
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
