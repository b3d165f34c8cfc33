/** What clients have tried that come back where their connection was lost; moments in us of `nowUs`. */
export interface Reconnections {
  /** When they connected, the first time as well. */
  readonly triedAtUs: Float64Array;
  /** When a connect was refused, or failed. */
  readonly refusedAtUs: Float64Array;
  /** When connections were opened again after a loss, and the numbers of their streams. */
  readonly backAtUs: Float64Array;
  readonly backNumbers: Uint32Array;
}

/** Keeps those moments while they come. */
export class ReconnectLog {
  readonly #tried: number[] = [];
  readonly #refused: number[] = [];
  readonly #back: number[] = [];
  readonly #numbers: number[] = [];

  tried(atUs: number): void {
    this.#tried.push(atUs);
  }

  refused(atUs: number): void {
    this.#refused.push(atUs);
  }

  back(number: number, atUs: number): void {
    this.#back.push(atUs);
    this.#numbers.push(number);
  }

  all(): Reconnections {
    return {
      triedAtUs: Float64Array.from(this.#tried),
      refusedAtUs: Float64Array.from(this.#refused),
      backAtUs: Float64Array.from(this.#back),
      backNumbers: Uint32Array.from(this.#numbers),
    };
  }
}
