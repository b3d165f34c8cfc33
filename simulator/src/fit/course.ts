import type { Course } from '../arrivals/shaping.ts';
import { windowCounts } from '../statistics/describe.ts';

const stepS = 300;

/** The rate of a trace by five minutes, around 1; undefined where it is short, or a part of it has hardly a record. */
export function courseOf(times: readonly number[]): Course | undefined {
  const counts = windowCounts(times, stepS);
  if (counts.length < 4 || counts.some((count) => count < 20)) return undefined;
  const spanS = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const perStep = (times.length * stepS) / spanS;
  // What is left over at the end goes on at the rate of the whole part before.
  return { stepS, rates: [...counts, counts.at(-1) as number].map((count) => count / perStep) };
}

/** The times with the course taken out: the rate is the same in every part. */
export function straightened(times: readonly number[], { rates }: Course): number[] {
  const first = times[0] ?? 0;
  const passed = [0];
  for (const rate of rates) passed.push((passed.at(-1) as number) + rate * stepS);
  return times.map((time) => {
    const at = Math.min(Math.floor((time - first) / stepS), rates.length - 1);
    return (passed[at] as number) + (time - first - at * stepS) * (rates[at] as number);
  });
}
