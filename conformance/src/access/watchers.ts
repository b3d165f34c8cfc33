import type { Clock } from '@ssert/protocol';

/** Who waits for something to change. */
export class Watchers {
  readonly #clock: Clock;
  readonly #looks = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Lets everybody look again. */
  wake(): void {
    for (const look of [...this.#looks]) look();
  }

  /**
   * Looks at each change until `probe` gives something other than undefined.
   * @returns what it gave, or undefined after `timeoutMs`
   */
  until<T>(probe: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    const first = probe();
    if (first !== undefined || timeoutMs <= 0) return Promise.resolve(first);
    return new Promise((resolve) => {
      const finish = (value: T | undefined): void => {
        cancel();
        this.#looks.delete(look);
        resolve(value);
      };
      const look = (): void => {
        const value = probe();
        if (value !== undefined) finish(value);
      };
      const cancel = this.#clock.after(timeoutMs, () => finish(probe()));
      this.#looks.add(look);
    });
  }
}
