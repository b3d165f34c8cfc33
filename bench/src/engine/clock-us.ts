import type { Clock } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';

/**
 * Microseconds of the machine's monotonic clock, the same in every process and thread of one time namespace, so that a
 * moment noted in one can be compared with one noted in another. `timeOrigin + now()` cannot: each process fixes its own.
 */
export function nowUs(): number {
  return Number(process.hrtime.bigint()) / 1000;
}

/** A clock by `nowUs`. Machines tell how far apart theirs are; processes of one machine have the same. */
export const machineClock: Clock = { ...systemClock, now: () => nowUs() / 1000 };

/**
 * Tells of each whole second since `originUs` when it is over, and of none twice: a timer may fire a little early. Where this
 * process was held up for longer, seconds are left out.
 * @param originUs us of `nowUs`
 * @returns ends it
 */
export function everySecond(
  originUs: number,
  over: (second: number) => void,
  { now = nowUs, after = systemClock.after }: { readonly now?: () => number; readonly after?: Clock['after'] } = {},
): Disposable {
  let cancel = (): void => undefined;
  const wait = (least: number): void => {
    const second = Math.max(least, Math.floor((now() - originUs) / 1e6));
    const ms = Math.max(1, (originUs + (second + 1) * 1e6 - now()) / 1000);
    cancel = after(ms, () => {
      over(second);
      wait(second + 1);
    });
  };
  wait(0);
  return { [Symbol.dispose]: () => cancel() };
}
