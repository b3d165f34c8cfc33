// A thread that asks for a URL in a closed loop, beside whatever else goes on.
import { parentPort, workerData } from 'node:worker_threads';
import { emptyHistogram, recordOf } from '../histogram/histogram.ts';
import type { RestRun } from '../results/bench-result.ts';
import { doubtsOnTimes, runAutocannon } from './autocannon.ts';
import type { RestLoad } from './rest-load.ts';

/** No answer for so long is none. */
const timeoutMs = 10_000;

const { url, connections, durationMs } = workerData as RestLoad & { readonly durationMs: number };
const stopping = new AbortController();
parentPort?.once('message', () => stopping.abort());
const answers = emptyHistogram();
const request = { url, method: 'GET', headers: {} };
const loop = await runAutocannon({
  request,
  connections,
  until: { durationMs },
  timeoutMs,
  signal: stopping.signal,
  answered: (_, status, us) => {
    if (status < 400) answers.recordValue(Math.max(1, Math.round(us)));
  },
});
const { seconds, statuses, errors } = loop;
const run: RestRun = {
  requestsPerS: answers.totalCount / Math.max(1, seconds),
  answers: recordOf(answers),
  refused: Object.entries(statuses).reduce((sum, [status, count]) => sum + (Number(status) < 400 ? 0 : count), 0),
  errors,
  doubts: doubtsOnTimes(loop),
};
parentPort?.postMessage(run);
parentPort?.close();
