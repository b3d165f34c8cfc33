import type { RuleContext } from '../context.ts';
import type { CountReading } from './history.ts';

/** Writes after which a loss is noticed: the first one still succeeds, and some stacks buffer one more. */
export const writesThatTell = 3;

/** Holds the server's count against the streams that are open. */
export class Counting {
  readonly #context: RuleContext;
  /** Streams counted that nobody here holds: somebody else's, and what earlier histories left behind. */
  #before: number;
  /** The longest time that a count took until it was right, in ms. */
  #slowestMs = 0;

  constructor(context: RuleContext, before: number) {
    this.#context = context;
    this.#before = before;
  }

  /** Takes note of streams that are counted and that nobody here holds, so that they are not blamed on what comes. */
  beginAt(before: number): void {
    this.#before = before;
  }

  /**
   * Waits until the count is right: as long as a client may take to be let go, and where it is wrong still, through
   * some writes, as some servers notice a loss only by them.
   * @param open our streams that are open
   * @param write publishes something
   */
  async settle(
    when: CountReading['when'],
    open: number,
    pace: 'careful' | 'brisk',
    write: (() => Promise<void>) | undefined,
  ): Promise<CountReading> {
    const { bounds, clock } = this.#context;
    const sinceMs = clock.now();
    const before = this.#before;
    let lowest = Number.POSITIVE_INFINITY;
    let above = Number.NaN;
    const right = (count: number): boolean => {
      lowest = Math.min(lowest, count);
      // Other rules may hold streams, too, and open and close them meanwhile.
      above = count - this.#context.observations.underWay + open - before;
      // No later look makes that right.
      return above === open || count < Math.min(0, before);
    };
    const longestMs = pace === 'careful' ? bounds.gone : Math.min(bounds.gone, 100 + 2 * this.#slowestMs);
    await this.#context.openStreamsUntil(right, longestMs);
    for (let turn = 0; turn < writesThatTell && above !== open && lowest >= Math.min(0, before) && write; turn += 1) {
      await write();
      await this.#context.openStreamsUntil(right, longestMs / 8);
    }
    const afterMs = clock.now() - sinceMs;
    // Fewer than at the beginning, and yet no fewer than are open: what was left from before is let go by now.
    if (above < open && above + before >= open + Math.min(0, before)) {
      this.#before += above - open;
      above = open;
    }
    if (above === open) this.#slowestMs = Math.max(this.#slowestMs, afterMs);
    return { when, open, above, lowest, before, afterMs };
  }
}
