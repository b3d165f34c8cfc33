import type { Batch } from '../batch.ts';
import type { StreamSource } from '../feed.ts';
import { readLastEventId } from '../http/last-event-id.ts';
import { openingComment, streamHeaders } from '../http/stream-head.ts';
import type { LeaveReason, Sink, Subscriber } from '../subscriber.ts';
import { answerWithoutStream } from './answer-without-stream.ts';
import type { StreamOptions } from './stream-options.ts';

/** Bytes that wait in a stream's body before its reader counts as slow. */
const waitingBytes = 16 * 1024;

/** Beside what every stream may have. */
export interface WebStreamOptions extends StreamOptions {
  /** Beside those that a stream needs. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * The response to a request of the Fetch standard: to a GET a stream of the feed, to HEAD its headers alone, to other
 * methods a 405, and a 503 where the feed is full.
 */
export function openStream(
  feed: StreamSource,
  request: Request,
  { headers: own = {}, ...options }: WebStreamOptions = {},
): Response {
  // Names are compared without their case here, which an object would not do.
  const headers = new Headers(own);
  const answer = answerWithoutStream(feed, request.method);
  for (const [name, value] of Object.entries(answer?.headers ?? streamHeaders)) headers.set(name, value);
  if (answer !== undefined) return new Response(answer.body ?? null, { status: answer.status, headers });
  const source = new StreamBody(feed, request, options);
  const body = new ReadableStream(source, { highWaterMark: waitingBytes, size: ({ byteLength }) => byteLength });
  return new Response(body, { headers });
}

/** Both ends of a stream: the feed writes here what the body's reader pulls. */
class StreamBody implements Sink {
  readonly #feed: StreamSource;
  readonly #signal: AbortSignal | undefined;
  readonly #endSignal: AbortSignal | undefined;
  readonly #lastEventId: string | undefined;
  readonly #onLeave: StreamOptions['onLeave'];
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #subscriber: Subscriber | undefined;
  #isFull = false;

  constructor(feed: StreamSource, request: Request, { lastEventId, signal, onLeave }: StreamOptions) {
    this.#feed = feed;
    // Not every runtime has one.
    this.#signal = request.signal ?? undefined;
    this.#endSignal = signal;
    this.#lastEventId = lastEventId ?? readLastEventId(request.headers.get('last-event-id'));
    this.#onLeave = onLeave;
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    controller.enqueue(openingComment.slice());
    const end = {
      sink: this,
      lastEventId: this.#lastEventId,
      onLeave: (reason: LeaveReason, subscriber: Subscriber) => {
        this.#signal?.removeEventListener('abort', this.#onAbort);
        this.#onLeave?.(reason, subscriber);
      },
    };
    this.#subscriber = this.#feed.subscribe(end, this.#endSignal);
    if (this.#signal?.aborted) this.#onAbort();
    else this.#signal?.addEventListener('abort', this.#onAbort);
  }

  /** The reader wants more. */
  pull(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#subscriber?.drained();
  }

  /** The reader has left. */
  cancel(): void {
    this.#subscriber?.leave('client left');
  }

  write(batch: Batch): boolean {
    try {
      // A copy: whoever reads a chunk may detach its memory, and this is shared by all streams and the log.
      this.#controller?.enqueue(new Uint8Array(batch.bytes));
    } catch {
      // A body that is closed without a word to its source; nothing is written to it any more.
      this.#subscriber?.leave('connection error');
    }
    this.#isFull = (this.#controller?.desiredSize ?? 0) <= 0;
    return !this.#isFull;
  }

  end(): void {
    try {
      this.#controller?.close();
    } catch {
      // It is closed already.
    }
  }

  cut(): void {
    this.#controller?.error(new Error('the reader of the event stream was too slow'));
  }

  readonly #onAbort = (): void => {
    this.#subscriber?.leave('client left');
    this.end();
  };
}
