import type { BenchEvent } from '@ssert/bench';

/** Where a bench run is: one line. */
export class BenchProgress {
  #line = 'starting';
  #broke: readonly string[] = [];
  #streams = 0;
  #rate = '';

  take(event: BenchEvent): void {
    switch (event.kind) {
      case 'note':
        this.#line = event.message;
        break;
      case 'trial-started':
        this.#streams = event.streams;
        this.#rate = event.rate === undefined ? '' : ` · rate ${event.rate}/s`;
        this.#line = `${event.streams} streams${this.#rate}`;
        break;
      case 'second': {
        const { phase, streams, delivered, p99, t } = event.window;
        this.#broke = event.broke;
        const late = p99 === null ? '' : ` · p99 ${(p99 / 1000).toFixed(1)} ms`;
        this.#line = `${phase} · ${streams} of ${this.#streams} streams${this.#rate} · ${delivered} deliveries/s${late} · ${Math.round(t / 1000)} s`;
        break;
      }
      case 'phase':
      case 'trial-finished':
        break;
    }
  }

  line(): string {
    return this.#broke.length === 0 ? this.#line : `${this.#line} · ${this.#broke[0]}`;
  }
}
