import { createParser, LimitError } from '@ssert/protocol';
import type { EventMap } from './events.ts';
import { messageOf, type Problem } from './problem.ts';
import { requestStream } from './request.ts';
import { refusalOf } from './response.ts';
import { parserLimits, type Resolved } from './settings.ts';
import { retryAfterMs } from './waiting.ts';

/** How one connection ended, and whether another may follow. */
export interface Ending {
  readonly problem: Problem;
  readonly fatal: boolean;
  /** A connection that opened is no failed try. */
  readonly opened: boolean;
  /** What the refusing server asked for. */
  readonly retryAfterMs?: number | undefined;
}

/** Whom a connection tells, in the order of the stream. Any of these may drop it. */
export interface ConnectionCallbacks {
  /** The response is accepted; its events come from `origin`. */
  readonly onOpen: (origin: string) => void;
  readonly onEvent: (type: string, data: string, lastEventId: string) => void;
  readonly onRetry: (reconnectionTimeMs: number) => void;
  /** Called behind each chunk; the next is read once the promise resolves. */
  readonly onChunk: (lastEventId: string) => Promise<unknown> | undefined;
}

/** One request and its response. */
export interface Connection {
  /** Connects and reads to the end. Gives how it ended; undefined where the server said that the stream is over (204). */
  readonly run: (lastEventId: string) => Promise<Ending | undefined>;
  /** Ends it now: nothing is called back any more. Safe to call twice. */
  readonly drop: (problem: Problem) => void;
}

/** Makes a connection, to run once. */
export function connection<M extends EventMap>(
  url: string,
  settings: Resolved<M>,
  { onOpen, onEvent, onRetry, onChunk }: ConnectionCallbacks,
): Connection {
  const { clock, watchdogMs, retryStatus = [] } = settings;
  const abort = new AbortController();
  let opened = false;
  let dropped: Problem | undefined;
  let stopReading = (): void => {};

  const drop = (problem: Problem): void => {
    if (dropped) return;
    dropped = problem;
    stopReading();
    abort.abort();
  };

  const ending = (problem: Problem, fatal = false): Ending => ({ problem, fatal, opened });

  /** Waits for the head or the next bytes; drops the connection where they take too long. */
  const withinWatchdog = <T>(next: Promise<T>): Promise<T> => {
    if (watchdogMs === undefined) return next;
    const problem: Problem = { kind: 'silent', message: `nothing came for ${watchdogMs / 1000} s` };
    return next.finally(clock.after(watchdogMs, () => drop(problem)));
  };

  const read = async (response: Response, lastEventId: string): Promise<void> => {
    opened = true;
    onOpen(new URL(response.url || url).origin);
    const reader = response.body?.getReader();
    if (!reader || dropped) return;
    const parser = createParser({
      ...parserLimits(settings),
      lastEventId,
      onRetry,
      onEvent: (event) => onEvent(event.type, event.data, event.lastEventId),
    });
    stopReading = () => {
      // Neither what is left of a chunk, nor a body whose `fetch` does not heed its signal, is delivered.
      parser.end();
      reader.cancel().catch(() => {});
    };
    for (;;) {
      const { done, value } = await withinWatchdog(reader.read());
      if (done || dropped) return;
      parser.feed(value);
      const held = onChunk(parser.lastEventId);
      if (held) await held;
    }
  };

  const run = async (lastEventId: string): Promise<Ending | undefined> => {
    try {
      const response = await withinWatchdog(requestStream(url, settings, lastEventId, abort.signal));
      if (dropped) return ending(dropped);
      const refusal = refusalOf(response);
      if (!refusal) {
        await read(response, lastEventId);
        return ending(dropped ?? { kind: 'end', message: 'the server ended the stream' });
      }
      // Its body may never end.
      abort.abort();
      const { status, headers } = response;
      if (status === 204) return undefined;
      const mayRetry = typeof retryStatus === 'function' ? retryStatus(status) : retryStatus.includes(status);
      return {
        ...ending(refusal, status === 200 || !mayRetry),
        retryAfterMs: retryAfterMs(headers.get('retry-after'), clock.wallTime()),
      };
    } catch (cause) {
      if (dropped) return ending(dropped);
      abort.abort();
      if (cause instanceof LimitError) return ending({ kind: 'limit', message: cause.message, cause }, true);
      return ending({ kind: 'network', message: `the connection failed: ${messageOf(cause)}`, cause });
    }
  };

  return { run, drop };
}
