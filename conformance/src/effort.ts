/** How hard a run tries. */
export interface Effort {
  readonly name: 'quick' | 'default' | 'thorough';
  /** Inputs that a property tries. */
  readonly runs: number;
  /** The longest time that an idle stream is watched, in ms; rules that need longer are then inconclusive. */
  readonly watchMs: number;
  /** Streams that the fan-out rule opens, the largest number last. */
  readonly crowds: readonly number[];
  /** Requests that the clean-up rules send of each kind. */
  readonly repeats: number;
}

export const efforts: Readonly<Record<Effort['name'], Effort>> = {
  quick: { name: 'quick', runs: 25, watchMs: 2500, crowds: [2, 10], repeats: 20 },
  default: { name: 'default', runs: 100, watchMs: Number.POSITIVE_INFINITY, crowds: [2, 10, 200], repeats: 100 },
  thorough: { name: 'thorough', runs: 1000, watchMs: Number.POSITIVE_INFINITY, crowds: [2, 10, 200], repeats: 200 },
};
