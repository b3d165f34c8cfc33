import type { Clock } from '@ssert/protocol';
import type { Exchange } from '../access/exchange.ts';

/** Bytes kept of one connection, and of all of them; of the rest only the number is told. */
const keptPerConnection = 32 * 1024;
const keptInAll = 512 * 1024;

/** Bytes as they came, with their moment. */
export interface TimedBytes {
  /** Since the history began. */
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** What one connection carried. */
export interface TappedConnection {
  /** Whose it is: `A1` is the first stream of client A. */
  readonly name: string;
  readonly openedAtMs: number;
  readonly chunks: readonly TimedBytes[];
  /** Bytes that came and were not kept. */
  readonly omittedBytes: number;
  readonly exchange: Exchange;
}

/** Listens in on the connections of one history, up to a bounded size. */
export class Wiretap {
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  readonly #taps: {
    name: string;
    openedAtMs: number;
    chunks: TimedBytes[];
    omittedBytes: number;
    exchange: Exchange;
  }[] = [];
  #kept = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAtMs = clock.now();
  }

  get connections(): readonly TappedConnection[] {
    return this.#taps;
  }

  /** Keeps what an exchange gets from now on. */
  listen(name: string, exchange: Exchange): void {
    const tap = { name, openedAtMs: this.#elapsedMs(), chunks: [] as TimedBytes[], omittedBytes: 0, exchange };
    this.#taps.push(tap);
    let ofThis = 0;
    exchange.onWireBytes = (bytes) => {
      const room = Math.max(0, Math.min(keptPerConnection - ofThis, keptInAll - this.#kept));
      const kept = bytes.slice(0, room);
      if (kept.length > 0) tap.chunks.push({ atMs: this.#elapsedMs(), bytes: kept });
      ofThis += kept.length;
      this.#kept += kept.length;
      tap.omittedBytes += bytes.length - kept.length;
    };
  }

  #elapsedMs(): number {
    return Math.round((this.#clock.now() - this.#startedAtMs) * 10) / 10;
  }
}
