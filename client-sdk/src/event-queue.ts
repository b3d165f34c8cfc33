/** Events on their way to one loop. It does not bound itself: whoever pushes waits for `drained` before it reads on. */
export class EventQueue<E> implements AsyncIterable<E> {
  #events: E[] = [];
  #ended = false;
  #available = Promise.withResolvers<void>();
  #empty: PromiseWithResolvers<void> | undefined;

  push(event: E): void {
    if (this.#ended) return;
    this.#events.push(event);
    this.#available.resolve();
  }

  /** Events that were pushed are still given out. */
  end(): void {
    this.#ended = true;
    this.#available.resolve();
    this.#empty?.resolve();
  }

  /** Resolves once the loop has taken every event and asks for more. */
  drained(): Promise<void> {
    if (this.#events.length === 0 || this.#ended) return Promise.resolve();
    this.#empty ??= Promise.withResolvers();
    return this.#empty.promise;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<E, void> {
    for (;;) {
      const event = this.#events[0];
      if (event !== undefined) {
        yield event;
        // Only now, so that what the loop is busy with still counts.
        this.#events.shift();
        continue;
      }
      this.#empty?.resolve();
      this.#empty = undefined;
      if (this.#ended) return;
      await this.#available.promise;
      this.#available = Promise.withResolvers();
    }
  }
}
