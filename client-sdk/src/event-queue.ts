/** Events on their way to one loop. It does not bound itself: whoever pushes waits for `drained` before it reads on. */
export class EventQueue<E> implements AsyncIterable<E> {
  #events: E[] = [];
  /** Events before this one are done with; taken off together, as to take each off costs as much as there are. */
  #next = 0;
  #ended = false;
  #available = Promise.withResolvers<void>();
  #empty: PromiseWithResolvers<void> | undefined;

  /** Events that the loop has not taken, or is busy with. */
  get length(): number {
    return this.#ended ? 0 : this.#events.length - this.#next;
  }

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
    if (this.length === 0) return Promise.resolve();
    this.#empty ??= Promise.withResolvers();
    return this.#empty.promise;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<E, void> {
    for (;;) {
      for (; this.#next < this.#events.length; this.#next += 1) yield this.#events[this.#next] as E;
      this.#events = [];
      this.#next = 0;
      this.#empty?.resolve();
      this.#empty = undefined;
      if (this.#ended) return;
      await this.#available.promise;
      this.#available = Promise.withResolvers();
    }
  }
}
