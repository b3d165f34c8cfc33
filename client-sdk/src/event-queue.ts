/**
 * Events on their way to one loop. It does not bound itself: whoever pushes waits for `drained` before it reads on. Not a
 * generator, which takes twice as long for each event.
 */
export class EventQueue<E> implements AsyncIterableIterator<E, undefined> {
  readonly #onLeft: () => void;
  /** What came since the loop last had nothing left; those before `#next` are given out. */
  #events: E[] = [];
  #next = 0;
  #waiting: PromiseWithResolvers<IteratorResult<E, undefined>>[] = [];
  #ended = false;
  #failure: Error | undefined;
  #empty: PromiseWithResolvers<void> | undefined;

  /** @param onLeft called when the loop is left, by `break` or an error in its body */
  constructor(onLeft: () => void) {
    this.#onLeft = onLeft;
  }

  /** Whether the loop has not taken every event, or is still busy with the last one. */
  get behind(): boolean {
    return this.#events.length > 0 && !this.#ended;
  }

  push(event: E): void {
    if (this.#ended) return;
    this.#events.push(event);
    const waiting = this.#waiting.shift();
    if (!waiting) return;
    this.#next += 1;
    waiting.resolve({ value: event, done: false });
  }

  /** Events that were pushed are still given out, and then the failure is thrown, where there is one. */
  end(failure?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#empty?.resolve();
    for (const { resolve } of this.#waiting.splice(0)) resolve(this.next());
  }

  /** Resolves once the loop has taken every event and asks for more. */
  async drained(): Promise<void> {
    if (!this.behind) return;
    this.#empty ??= Promise.withResolvers();
    await this.#empty.promise;
  }

  async next(): Promise<IteratorResult<E, undefined>> {
    if (this.#next < this.#events.length) {
      this.#next += 1;
      return { value: this.#events[this.#next - 1] as E, done: false };
    }
    this.#forget();
    if (this.#ended) return this.#over();
    const waiting = Promise.withResolvers<IteratorResult<E, undefined>>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  async return(): Promise<IteratorResult<E, undefined>> {
    this.#forget();
    this.end();
    this.#onLeft();
    return this.#over();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #forget(): void {
    this.#events = [];
    this.#next = 0;
    this.#empty?.resolve();
    this.#empty = undefined;
  }

  /** @throws the failure, once */
  #over(): IteratorResult<E, undefined> {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure) throw failure;
    return { value: undefined, done: true };
  }
}
