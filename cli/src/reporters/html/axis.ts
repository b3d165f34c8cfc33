/** One direction of a chart. */
export interface AxisOptions {
  readonly scale: 'linear' | 'log';
  /** What is shown must lie within; a log axis has no room for 0. */
  readonly from: number;
  readonly to: number;
  /** A value for people. */
  text(value: number): string;
  /** About how many ticks. Default 5. */
  readonly ticks?: number;
}

/** An axis that is laid out. */
export interface Axis {
  /** Where a value lies, from 0 to 1; outside for what lies outside. */
  place(value: number): number;
  readonly ticks: readonly { readonly at: number; readonly text: string }[];
}

/**
 * Places values along a direction, with a little room at both ends so that no mark is cut.
 * @param before room in front of the first value, as a share of the whole: for what is written there
 */
export function axisOf({ scale, from, to, text, ticks = 5 }: AxisOptions, before = 0.03): Axis {
  const bend = scale === 'log' ? Math.log10 : (value: number) => value;
  const [low, high] = [bend(from), bend(to)];
  const room = high > low ? high - low : 10;
  const [start, length] = [low - before * room, high - low + (before + 0.03) * room];
  const place = (value: number): number => (bend(value) - start) / length;
  const values = scale === 'log' ? logTicks(from, to, ticks) : linearTicks(from, to, ticks);
  return { place, ticks: values.map((value) => ({ at: place(value), text: text(value) })) };
}

function linearTicks(from: number, to: number, count: number): number[] {
  const raw = (to - from || 1) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((one) => one * power >= raw) ?? 10) * power;
  const first = Math.ceil(from / step);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) =>
    Number(((first + at) * step).toPrecision(12)),
  );
}

/** Powers of ten, with 2 and 5 between them where there are few. */
function logTicks(from: number, to: number, count: number): number[] {
  const [low, high] = [Math.floor(Math.log10(from)), Math.ceil(Math.log10(to))];
  const decades = Math.log10(to / from);
  const digits = decades < count / 3 ? [1, 2, 5] : decades < count / 1.5 ? [1, 3] : [1];
  const every = Math.max(1, Math.ceil(decades / (1.5 * count)));
  const values: number[] = [];
  for (let power = low; power <= high; power += 1) {
    if (power % every !== 0) continue;
    for (const digit of digits) values.push(digit * 10 ** power);
  }
  return values.filter((value) => value >= from * 0.999 && value <= to * 1.001);
}
