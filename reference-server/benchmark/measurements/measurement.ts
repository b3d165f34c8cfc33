import type { Contender } from '../contenders.ts';
import type { Sample } from '../figures.ts';
import type { Session } from '../session.ts';
import type { Effort } from '../settings.ts';

/** A part of the benchmark: what it does with one server in one round. */
export interface Measurement {
  readonly name: string;
  readonly rounds: (effort: Effort) => number;
  /** Where it must happen in a network namespace with small packets. */
  readonly inNamespace?: true;
  /** @param start starts the server; more than once where it must be fresh */
  readonly measure: (start: () => Promise<Session>, effort: Effort, contender: Contender) => Promise<Sample>;
}
