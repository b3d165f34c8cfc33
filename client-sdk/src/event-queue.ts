/** Events on their way to one loop. It does not bound itself: whoever pushes waits for `drained` before it reads on. */
export interface EventQueue<E> {
  /** What the loop runs over. */
  readonly loop: AsyncIterableIterator<E, undefined>;
  readonly push: (event: E) => void;
  /** Events that were pushed are still given out, and then the failure is thrown, where there is one. */
  readonly end: (failure?: Error) => void;
  /** Resolves once the loop has taken every event and asks for more; undefined where it has. */
  readonly drained: () => Promise<void> | undefined;
}

/**
 * Not a generator, which takes twice as long for each event.
 * @param onLeft called when the loop is left, by `break` or an error in its body
 */
export function eventQueue<E>(onLeft: () => void): EventQueue<E> {
  type Result = IteratorResult<E, undefined>;
  /** What came since the loop last had nothing left; those before `taken` are given out. */
  let events: E[] = [];
  let taken = 0;
  let ended = false;
  let failure: Error | undefined;
  let resolveDrained: (() => void) | undefined;
  const waiting: ((result: Result | Promise<Result>) => void)[] = [];

  const forget = (): void => {
    events = [];
    taken = 0;
    resolveDrained?.();
  };
  const end = (because?: Error): void => {
    if (ended) return;
    ended = true;
    failure = because;
    resolveDrained?.();
    for (const resolve of waiting.splice(0)) resolve(next());
  };
  const next = async (): Promise<Result> => {
    if (taken < events.length) {
      taken += 1;
      return { value: events[taken - 1] as E, done: false };
    }
    forget();
    if (!ended) return new Promise((resolve) => waiting.push(resolve));
    const thrown = failure;
    failure = undefined;
    if (thrown) throw thrown;
    return { value: undefined, done: true };
  };

  return {
    loop: {
      next,
      return: async () => {
        forget();
        end();
        onLeft();
        return next();
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    },
    push: (event) => {
      if (ended) return;
      events.push(event);
      waiting.shift()?.(next());
    },
    end,
    // While the loop is busy with the last event, that still counts.
    drained: () => {
      if (ended || events.length === 0) return undefined;
      return new Promise((resolve) => {
        resolveDrained = resolve;
      });
    },
  };
}
