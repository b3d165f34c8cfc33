import type { Exchange } from './access/exchange.ts';
import type { Block, Severity, Violation } from './judge/wire-inspector.ts';

/** A violation with the exchange that it was seen in. */
export interface Sighting {
  readonly violation: Violation;
  readonly exchange: Exchange;
}

/** Of one rule and severity; a server that does the same wrong with every event must not use up the memory. */
const mostSightings = 10_000;

/** What the inspector saw over every stream of a run, for the rules that only look on. */
export class Observations {
  /** By rule and severity, so that what is seen all the time hides nothing else. */
  readonly #sightings = new Map<string, Sighting[]>();
  /** Exchanges under way now: what the harness itself holds of the server's connections. */
  underWay = 0;
  /** Exchanges that were under way and are over: a server may count them still. */
  over = 0;
  /** When the harness last sent a request, by its clock: a server may end an old stream for a new one. */
  lastOpenedAtMs: number = Number.NEGATIVE_INFINITY;
  /** When each rule last published on the run's own channel, by its clock. */
  readonly #publishedAtMs = new Map<object, number>();
  /** Exchanges that got an event stream. */
  streams = 0;
  bytes = 0;
  events = 0;
  ids = 0;
  retries = 0;
  longestEventBytes = 0;
  /** Streams that the server ended by the framing of HTTP, so that the last event can be judged. */
  cleanEnds = 0;
  /** Responses with an error status, and events that look like errors, for the rules on what they tell. */
  readonly errors: { readonly exchange: Exchange; readonly text: string }[] = [];
  /** Event types met while nothing was published: the server's own. */
  readonly ownEventTypes: Set<string> = new Set();
  /** The longest time, in ms, without a block with an id that the server sends unasked: its heartbeat, most likely. */
  idUnaskedWithinMs: number | undefined;

  /** Takes note of a violation. */
  sighted(violation: Violation, exchange: Exchange): void {
    const key = keyOf(violation);
    const alike = this.#sightings.get(key) ?? [];
    this.#sightings.set(key, alike);
    if (alike.length < mostSightings) alike.push({ violation, exchange });
  }

  /** Takes note of a publish on the run's own channel, and of who it is by. */
  published(by: object, atMs: number): void {
    this.#publishedAtMs.set(by, atMs);
  }

  /** When somebody else last published: an odd event may end a server's streams. */
  lastPublishedAtMs(except: object): number {
    const others = [...this.#publishedAtMs].filter(([by]) => by !== except);
    return Math.max(Number.NEGATIVE_INFINITY, ...others.map(([, atMs]) => atMs));
  }

  /** Takes note of an exchange that has ended. */
  add(exchange: Exchange): void {
    const { head } = exchange;
    if (!head) return;
    if (head.status >= 400 && this.errors.length < 1000) this.errors.push({ exchange, text: exchange.bodyText });
    if (!exchange.isEventStream || exchange.request.method === 'HEAD') return;
    this.streams += 1;
    this.bytes += exchange.bodyBytes;
    this.events += exchange.dispatched;
    this.longestEventBytes = Math.max(this.longestEventBytes, exchange.inspector.longestEventBytes);
    if (exchange.end?.kind === 'complete') this.cleanEnds += 1;
  }

  /** Takes note of a block as it comes. */
  addBlock(block: Block, exchange: Exchange): void {
    for (const field of block.fields) {
      if (field.name === 'id') this.ids += 1;
      if (field.name === 'retry') this.retries += 1;
    }
    if (block.dispatched && block.type === 'error') this.errors.push({ exchange, text: block.data });
  }

  /** The violations of one rule, the worst first. */
  of(rule: string): Sighting[] {
    return worstFirst.flatMap((severity) => this.#sightings.get(keyOf({ rule, severity })) ?? []);
  }
}

const worstFirst: readonly Severity[] = ['error', 'warning', 'note'];

function keyOf({ rule, severity }: Pick<Violation, 'rule' | 'severity'>): string {
  return `${rule} ${severity}`;
}
