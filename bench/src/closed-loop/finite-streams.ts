import { SettingError } from '@ssert/protocol';
import type { Client } from 'autocannon';
import { nowUs } from '../engine/clock-us.ts';
import { emptyHistogram, recordOf } from '../histogram/histogram.ts';
import type { HistogramRecord } from '../results/bench-result.ts';
import { type ClosedLoop, type ClosedLoopRun, doubtsOnTimes, runAutocannon, wholeSeconds } from './autocannon.ts';

export interface FiniteOptions extends Pick<ClosedLoop, 'request' | 'connections' | 'signal'> {
  /** In all; not fewer than connections. */
  readonly streams: number;
  /** What a stream takes at most, ms: one that takes twice as long is endless. */
  readonly longestMs: number;
}

/** Streams that end by themselves, as those of language models do. */
export interface FiniteStreams extends ClosedLoopRun {
  readonly asked: number;
  /** Ended as HTTP says, with status 200 and text/event-stream. */
  readonly ended: number;
  /** Began, and were cut before their end, or did not end in time. */
  readonly cut: number;
  /** Answers that are no event stream. */
  readonly others: number;
  /** us from the request to the head, to the first line of data and to the end. */
  readonly firstHead: HistogramRecord;
  readonly firstEvent: HistogramRecord;
  readonly total: HistogramRecord;
}

/** One connection's stream. */
interface Now {
  askedUs: number;
  headUs?: number;
  isStream?: boolean;
  eventUs?: number;
}

/**
 * Times finite streams, each connection asking for the next one when the last has ended.
 * @throws SettingError where autocannon cannot, which is also what comes of streams that do not end
 */
export async function timeFiniteStreams({ streams, longestMs, ...load }: FiniteOptions): Promise<FiniteStreams> {
  const { connections } = load;
  if (!Number.isInteger(streams) || streams < connections) {
    throw new SettingError('streams', streams, `a whole number from ${connections} up, one for each connection`);
  }
  // It counts ms in a timer of 32 bits, and beyond that every request would time out at once.
  const most = 2 ** 30 - 1;
  if (!(longestMs >= 1 && longestMs <= most)) throw new SettingError('longestMs', longestMs, `a time up to ${most} ms`);
  const timeoutS = wholeSeconds(2 * longestMs);
  const [heads, events, totals] = [emptyHistogram(), emptyHistogram(), emptyHistogram()];
  const current = new Map<Client, Now>();
  /** Its parser goes on where the cut stream stopped: what comes next is read wrong. */
  const spoilt = new Set<Client>();
  let others = 0;
  const listen = (client: Client): void => {
    // Its types name some of its events only.
    const emitter = client as unknown as NodeJS.EventEmitter;
    emitter.on('request', () => {
      if (current.get(client)?.headUs !== undefined) spoilt.add(client);
      current.set(client, { askedUs: nowUs() });
    });
    emitter.on('headers', ({ statusCode, headers }: { statusCode: number; headers: readonly string[] }) => {
      const now = current.get(client);
      if (!now) return;
      now.headUs = nowUs();
      now.isStream = statusCode === 200 && isEventStream(headers);
    });
    emitter.on('body', (bytes: Buffer) => {
      const now = current.get(client);
      if (now && now.eventUs === undefined && firstData.test(bytes.toString('latin1'))) now.eventUs = nowUs();
    });
  };
  const run = await runAutocannon({
    ...load,
    until: { requests: streams },
    timeoutMs: timeoutS * 1000,
    listen,
    answered: (client) => {
      const now = current.get(client);
      current.delete(client);
      if (!now?.headUs || spoilt.has(client)) return;
      if (!now.isStream) {
        others += 1;
        return;
      }
      heads.recordValue(passed(now, now.headUs));
      if (now.eventUs !== undefined) events.recordValue(passed(now, now.eventUs));
      totals.recordValue(passed(now, nowUs()));
    },
  });
  const ended = totals.totalCount;
  const cut = spoilt.size + [...current].filter(([client, { headUs }]) => headUs && !spoilt.has(client)).length;
  if (ended === 0 && cut > 0 && !load.signal.aborted) {
    throw new SettingError(
      'url',
      load.request.url,
      `streams that end within ${timeoutS} s: of endless ones autocannon counts no request, no byte and no status`,
    );
  }
  return {
    ...run,
    doubts: doubtsOnTimes(run),
    asked: streams,
    ended,
    cut,
    others,
    firstHead: recordOf(heads),
    firstEvent: recordOf(events, ended - events.totalCount),
    total: recordOf(totals),
  };
}

/** Autocannon hands on what the socket gave, which may begin with the head: a line of it never begins so. */
const firstData = /(?:^|[\r\n])data[:\r\n]/;

function passed({ askedUs }: Now, us: number): number {
  return Math.max(1, Math.round(us - askedUs));
}

/** @param headers names and values in turns */
function isEventStream(headers: readonly string[]): boolean {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type');
  return /^text\/event-stream\b/i.test(headers[at + 1] ?? '');
}
