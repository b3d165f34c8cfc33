/** How much happened in a run. */
export interface RunCounts {
  readonly simulatedMs: number;
  readonly published: number;
  readonly acknowledged: number;
  /** Events that clients were given. */
  readonly delivered: number;
  readonly dropped: number;
  readonly requests: number;
  readonly resets: number;
}

/** How a run ended. */
export type Outcome = { readonly seed: number; readonly digest: string; readonly counts: RunCounts } & (
  | { readonly result: 'passed' }
  /** An invariant was broken, at a time of the run. */
  | { readonly result: 'unsafe'; readonly checker: string; readonly message: string; readonly atMs: number }
  /** Nothing is wrong that could be pointed at, but what has to come never does. */
  | { readonly result: 'stuck'; readonly message: string; readonly atMs: number }
);

/** One line for people. */
export function wordsOf(outcome: Outcome): string {
  const { seed, result } = outcome;
  if (result === 'passed') return `seed ${seed}: passed`;
  const what = result === 'unsafe' ? `${outcome.checker}: ${outcome.message}` : outcome.message;
  return `seed ${seed}: ${result} at ${(outcome.atMs / 1000).toFixed(3)} s: ${what}`;
}
