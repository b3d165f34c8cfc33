import type { BenchAccess, BenchEvent } from '../../src/index.ts';

const everyMs = 250;

/**
 * Several servers send no head before a stream's first event, so none of their streams would open: while the streams
 * connect, events without a stamp are published, which are in no count.
 */
export class OpeningEvents implements Disposable {
  readonly #timer: NodeJS.Timeout;
  #connecting = false;

  constructor({ publish }: BenchAccess) {
    this.#timer = setInterval(() => {
      if (this.#connecting) void publish?.('opening', 'bench-0');
    }, everyMs);
  }

  /** What the run tells of itself. */
  take(event: BenchEvent): void {
    if (event.kind === 'phase') this.#connecting = event.phase === 'ramp';
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
