import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass, skip } from '../../verdict.ts';
import { hadItsTime } from '../lifetime.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';
import { kib } from '../units.ts';

export const slowReaderKeepsAll: Rule = {
  id: 'backpressure/slow-reader-keeps-all',
  code: 'SB-07',
  level: 'MUST',
  title: 'A slow reader that does read loses nothing',
  statement:
    'A reader that is slow, but within the buffer that the server declares, gets each event once and is not cut.',
  spec: [html('event-stream-interpretation')],
  access: ['publish'],
  phase: 'publishing',
  budgetMs: () => 240_000,
  judge: async (context) => {
    const { bufferBytes } = context.target;
    if (bufferBytes === undefined) {
      return skip('profile', 'for servers that say how much may wait for a slow reader: declare buffer, in bytes');
    }
    const fillTimesMs = context.effort.name === 'quick' ? [400] : [400, 2000, 8000];
    const seen: Round[] = [];
    for (const fillMs of fillTimesMs) {
      context.progress(`filling half the buffer in ${fillMs / 1000} s`);
      const first = await round(context, bufferBytes, fillMs, seen.length);
      seen.push(first);
      if (first.wrong === undefined) continue;
      const again = await round(context, bufferBytes, fillMs, seen.length);
      const detail = {
        evidence: first.stream.evidence({ observed: { ...first.observed, bufferBytes } }),
        reproduce: `${context.curl()} | pv -qL ${first.observed.readBytesPerSecond}`,
      };
      const at = `a reader of ${Math.round(first.observed.readBytesPerSecond / kib)} KiB/s`;
      if (again.wrong === undefined) return inconclusive(`${at} ${first.wrong}, and not when it was repeated`, detail);
      return fail(`${at} ${first.wrong}, with ${first.observed.mostWaitingBytes} bytes waiting at most`, detail);
    }
    const events = seen.reduce((sum, { observed }) => sum + observed.eventsPublished, 0);
    const rates = seen.map(({ observed }) => `${Math.round(observed.readBytesPerSecond / kib)}`).join(', ');
    return pass(`readers of ${rates} KiB/s got all ${events} events once, up to half the buffer waiting for them`);
  },
};

interface Round {
  readonly stream: Exchange;
  /** What is wrong with what the reader got, as the end of a sentence that begins with the reader. */
  readonly wrong: string | undefined;
  readonly observed: {
    readonly readBytesPerSecond: number;
    readonly eventsPublished: number;
    readonly eventsArrived: number;
    readonly mostWaitingBytes: number;
  };
}

/** Publishes at twice the rate at which the reader reads, until half the buffer waits for it, and lets it catch up. */
async function round(context: RuleContext, bufferBytes: number, fillMs: number, turn: number): Promise<Round> {
  const { clock } = context;
  const place = context.ownChannel('slow');
  const events = new NumberedEvents(context, `slow-${turn}`, place);
  const stream = await context.subscribe({ server: place, keepBodyBytes: 1024 });
  const first = await events.publish();
  if (!(await events.arrival(stream, first, patienceMs(context)))) throw new Undecided('no plain event came through');
  const mostBytes = bufferBytes / 2;
  const eventBytes = Math.min(64 * kib, Math.max(64, Math.floor(bufferBytes / 64)));
  const padding = 'x'.repeat(eventBytes);
  const reader = new SlowReader(context, stream, mostBytes / fillMs);
  const publishBytesPerMs = 2 * reader.bytesPerMs;
  const bytesAtStart = stream.bodyBytes;
  const sinceMs = clock.now();
  let published = 0;
  let mostWaitingBytes = 0;
  try {
    while (!stream.end && !context.signal.aborted && mostWaitingBytes < mostBytes - 2 * eventBytes) {
      if (clock.now() - sinceMs > 4 * fillMs + 20_000) break;
      await events.publish({}, padding);
      published += eventBytes;
      await context.sleep(Math.max(0, sinceMs + published / publishBytesPerMs - clock.now()));
      mostWaitingBytes = Math.max(mostWaitingBytes, published - (stream.bodyBytes - bytesAtStart));
      // Half as fast as is published in fact, which may be slower than it should be.
      reader.bytesPerMs = Math.min(reader.bytesPerMs, published / (2 * (clock.now() - sinceMs + 1)));
    }
    const drainMs = published / reader.bytesPerMs;
    await events.arrival(stream, events.published, drainMs + 2 * patienceMs(context));
  } finally {
    reader.stop();
  }
  const got = events.on(stream).map(({ number }) => number);
  const wrong = wrongWith(stream, got, events.published);
  if (wrong && stream.end && hadItsTime(context, stream)) throw new Undecided('the stream had its time');
  stream.close();
  if (!wrong && mostWaitingBytes < mostBytes / 2) {
    throw new Undecided(`no more than ${mostWaitingBytes} bytes could be made to wait for a slow reader`);
  }
  const observed = {
    readBytesPerSecond: Math.round(reader.bytesPerMs * 1000),
    eventsPublished: events.published,
    eventsArrived: got.length,
    mostWaitingBytes,
  };
  return { stream, wrong, observed };
}

/** Reads a piece, pauses for as long as its rate takes for it, and so on. */
class SlowReader {
  bytesPerMs: number;
  readonly #stream: Exchange;
  #over = false;

  constructor(context: RuleContext, stream: Exchange, bytesPerMs: number) {
    this.bytesPerMs = bytesPerMs;
    this.#stream = stream;
    void this.#read(context);
  }

  /** From now on it reads as fast as it can. */
  stop(): void {
    this.#over = true;
    this.#stream.resume();
  }

  async #read(context: RuleContext): Promise<void> {
    const stream = this.#stream;
    while (!this.#over && !stream.end) {
      const before = stream.bodyBytes;
      stream.resume();
      await stream.until(() => (stream.bodyBytes > before || this.#over || stream.end ? true : undefined), 1000);
      if (this.#over) return;
      stream.stall();
      await context.sleep(Math.min((stream.bodyBytes - before) / this.bytesPerMs, 5000));
    }
  }
}

function wrongWith(stream: Exchange, got: readonly number[], published: number): string | undefined {
  const missing = published - new Set(got).size;
  const repeated = got.length - new Set(got).size;
  if (missing > 0 && stream.end) return `is cut off after ${got.length} of ${published} events`;
  if (missing > 0) return `does not get ${missing} of ${published} events`;
  if (repeated > 0) return `gets ${repeated} of ${published} events twice`;
  return got.every((number, index) => number === index + 1) ? undefined : 'gets events out of order';
}
