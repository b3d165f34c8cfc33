/** A moment that all shards of a run wait for. It is set once the last of them has come; each may come twice. */
export class Gathering {
  readonly #here = new Set<number>();
  readonly #shards: readonly number[];
  #atUs: number | undefined;

  constructor(shards: readonly number[]) {
    this.#shards = shards;
  }

  /** us; undefined while shards are missing. */
  get atUs(): number | undefined {
    return this.#atUs;
  }

  get missing(): number[] {
    return this.#shards.filter((index) => !this.#here.has(index));
  }

  has(index: number): boolean {
    return this.#here.has(index);
  }

  /** @param thenUs the moment, if this one is the last. Whole, so that every shard counts from the same */
  come(index: number, thenUs: number): void {
    this.#here.add(index);
    if (this.missing.length === 0) this.#atUs ??= Math.ceil(thenUs);
  }
}
