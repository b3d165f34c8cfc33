/** How far back the page looks. */
export interface Range {
  /** What the stream is asked for. */
  readonly hours: number;
  readonly label: string;
  /** In a sentence: over … */
  readonly words: string;
  /** The time that one bar stands for. */
  readonly barMs: number;
}

/** As many bars in each range: what the page holds is the same for an hour as for a day. */
export const bars = 360;

export const ranges: readonly [Range, ...Range[]] = [
  { hours: 1, label: '1 h', words: 'the last hour', barMs: 10_000 },
  { hours: 3, label: '3 h', words: 'the last 3 hours', barMs: 30_000 },
  { hours: 6, label: '6 h', words: 'the last 6 hours', barMs: 60_000 },
  { hours: 24, label: '24 h', words: 'the last 24 hours', barMs: 240_000 },
];
