import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { RestRun } from '../results/bench-result.ts';

/** Requests to a URL of the server, each connection sending the next when the last is answered. */
export interface RestLoad {
  readonly url: string;
  readonly connections: number;
}

const main = new URL(`./rest-main${extname(import.meta.url)}`, import.meta.url);
/** Sources run as they are only where the workspaces' sources are found. */
const execArgv = extname(main.pathname) === '.ts' ? ['--conditions=@ssert/source'] : [];

/**
 * Asks for a URL in a closed loop on a thread of its own, as this one publishes at its times.
 * @param signal ends it early
 */
export async function runRest(load: RestLoad, durationMs: number, signal: AbortSignal): Promise<RestRun> {
  const worker = new Worker(main, { execArgv, workerData: { ...load, durationMs } });
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
