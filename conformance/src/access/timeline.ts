import type { ConnectionTimeline, Evidence, TimelineMark } from '../verdict.ts';
import type { Exchange } from './exchange.ts';

const keptMarks = 100;
const keptConnections = 4;
const longestLabel = 80;

/** What happened on a connection, bounded: the first and the last happenings are kept, those between are counted. */
export class MarkLog {
  readonly #first: Kept[] = [];
  readonly #last: Kept[] = [];
  /** Happenings that are not among the marks. */
  leftOut = 0;

  add(kind: TimelineMark['kind'], atMs: number, label?: string): void {
    const latest = this.#last.at(-1) ?? this.#first.at(-1);
    if (latest && latest.kind === kind && latest.label === label && atMs - latest.atMs < 1) {
      latest.count += 1;
      return;
    }
    const mark = { kind, atMs, label, count: 1 };
    if (this.#first.length < keptMarks) this.#first.push(mark);
    else if (this.#last.push(mark) > keptMarks) this.leftOut += this.#last.shift()?.count ?? 0;
  }

  get marks(): readonly Kept[] {
    return [...this.#first, ...this.#last];
  }
}

interface Kept {
  readonly kind: TimelineMark['kind'];
  /** By the harness's clock, in ms. */
  readonly atMs: number;
  readonly label: string | undefined;
  count: number;
}

/** The connections of a rule, bounded in the same way. */
export class ConnectionLog {
  readonly #zeroMs: number;
  readonly #first: Exchange[] = [];
  readonly #last: Exchange[] = [];
  #leftOut = 0;

  /** @param zeroMs when the rule began, by the harness's clock */
  constructor(zeroMs: number) {
    this.#zeroMs = zeroMs;
  }

  add(exchange: Exchange): void {
    if (this.#first.length < keptConnections) this.#first.push(exchange);
    else if (this.#last.push(exchange) > keptConnections) {
      this.#last.shift();
      this.#leftOut += 1;
    }
  }

  /** Notes on every open connection that something was published. */
  published(atMs: number): void {
    for (const { end, log } of [...this.#first, ...this.#last]) if (!end) log.add('publish', atMs);
  }

  /** What became of them so far; empty where there was none. */
  get evidence(): Evidence {
    const shown = [...this.#first, ...this.#last];
    if (shown.length === 0) return {};
    return {
      connections: shown.map((exchange) => connectionTimeline(exchange, this.#zeroMs)),
      ...(this.#leftOut === 0 ? {} : { connectionsLeftOut: this.#leftOut }),
    };
  }
}

/**
 * A connection as evidence shows it.
 * @param zeroMs the moment that its times count from, by the harness's clock
 */
export function connectionTimeline(exchange: Exchange, zeroMs: number): ConnectionTimeline {
  const { request, startedAtMs, headAtMs, endAtMs, end, log } = exchange;
  const since = (atMs: number): number => Math.round((atMs - zeroMs) * 10) / 10;
  return {
    label: `${request.method} ${whole(request.url.pathname)}`,
    openedAtMs: since(startedAtMs),
    ...(headAtMs === undefined ? {} : { headAtMs: since(headAtMs) }),
    ...(endAtMs === undefined ? {} : { closedAtMs: since(endAtMs) }),
    end: end?.kind ?? 'open',
    marks: log.marks.map(({ kind, atMs, label, count }) => ({
      atMs: since(atMs),
      kind,
      ...(label === undefined ? {} : { label: whole(label) }),
      ...(count === 1 ? {} : { count }),
    })),
    ...(log.leftOut === 0 ? {} : { marksLeftOut: log.leftOut }),
  };
}

/** Never a part of it: a secret that is cut is not found any more when secrets are taken out. */
function whole(text: string): string {
  return text.length <= longestLabel ? text : `(${text.length} characters)`;
}
