/** What has happened on a network so far. */
export interface Happened {
  readonly connections: number;
  /** Connections that were reset at once: an outage, or too many were open. */
  readonly refused: number;
  /** Connections for which the target could not be reached. */
  readonly unreachable: number;
  readonly upBytes: number;
  readonly downBytes: number;
  /** How often each fault did something, by its name, such as `down.stallMs`: pieces delayed, bits flipped, ends. */
  readonly fired: Readonly<Record<string, number>>;
}

/** Counts it. */
export class Tally {
  connections = 0;
  refused = 0;
  unreachable = 0;
  readonly #bytes = { up: 0, down: 0 };
  readonly #fired = new Map<string, number>();

  passed(way: 'up' | 'down', count: number): void {
    this.#bytes[way] += count;
  }

  fired(fault: string): void {
    this.#fired.set(fault, (this.#fired.get(fault) ?? 0) + 1);
  }

  soFar(): Happened {
    const { connections, refused, unreachable } = this;
    const fired = Object.fromEntries([...this.#fired].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    return { connections, refused, unreachable, upBytes: this.#bytes.up, downBytes: this.#bytes.down, fired };
  }
}
