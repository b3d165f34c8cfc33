import type { Contender } from '../contenders.ts';
import type { Sample } from '../figures.ts';
import type { Session } from '../session.ts';
import type { Effort } from '../settings.ts';

/** Starts the server of a contender, afresh each time. */
export type Start = () => Promise<Session>;

/** One server in one measurement. */
export interface Entrant extends Partial<AsyncDisposable> {
  /** What a round is for it. */
  measure(): Promise<Sample>;
}

/** A part of the benchmark. */
export interface Measurement {
  readonly name: string;
  readonly rounds: (effort: Effort) => number;
  /** Where it must happen in a network namespace with small packets. */
  readonly inNamespace?: true;
  /** Whether a quick run measures only the floor and ours. */
  readonly withoutPeersWhenQuick?: true;
  /** Called for every server before the first round. */
  readonly enter: (start: Start, effort: Effort, contender: Contender) => Promise<Entrant>;
}
