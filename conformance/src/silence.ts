/** The part of a run in which nothing is published. It lasts until nobody needs it, and what then has to be done is done. */
export class Silence<Who> {
  readonly #needing = new Set<Who>();
  readonly #unneeded = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();

  /** Resolves at {@link end}. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  need(who: Who): void {
    this.#needing.add(who);
  }

  /** Safe to call again, and for somebody who never needed it. */
  release(who: Who): void {
    this.#needing.delete(who);
    if (this.#needing.size === 0) this.#unneeded.resolve();
  }

  /** Waits until everybody has released it. */
  nobodyNeedsIt(): Promise<void> {
    if (this.#needing.size === 0) this.#unneeded.resolve();
    return this.#unneeded.promise;
  }

  end(): void {
    this.#unneeded.resolve();
    this.#over.resolve();
  }
}
