import type { GatedModel } from '../arrivals/gated.ts';
import type { FlashCrowd, Outage } from '../arrivals/incidents.ts';
import type { GapLaw, Hawkes, Mmpp } from '../arrivals/processes.ts';
import type { Course, Day } from '../arrivals/shaping.ts';
import type { RecordModel } from '../records/usage-records.ts';

/** A process of arrivals, as data. */
export type ArrivalModel =
  | { readonly process: 'poisson'; readonly ratePerS: number }
  | ({ readonly process: 'renewal' } & GapLaw)
  | ({ readonly process: 'mmpp' } & Mmpp)
  | ({ readonly process: 'hawkes' } & Hawkes)
  | ({ readonly process: 'gated' } & GatedModel);

/**
 * More or less of the same traffic, by one of four ways that are different worlds:
 *
 * - `copies`: as many independent services; IDC stays, counts grow relatively smoother by the root of the factor
 * - `speed`: played faster, its day and its incidents included; IDC'(w) = IDC(factor · w)
 * - `intensity`: the same callers ask for more at once; IDC' - 1 = factor · (IDC - 1). Not for `renewal` and `hawkes`
 * - `share`: only this share of it; IDC' - 1 = factor · (IDC - 1)
 */
export interface Scaling {
  readonly by: 'copies' | 'speed' | 'intensity' | 'share';
  readonly factor: number;
}

/** Something that happens once, on top of the process. */
export type Incident =
  | { readonly kind: 'surge'; readonly atS: number; readonly perSecond: readonly number[] }
  | ({ readonly kind: 'flash-crowd' } & FlashCrowd)
  | ({ readonly kind: 'outage' } & Outage);

/** Usage of a service, as data: what comes when, and what each record says. */
export interface Profile {
  readonly name: string;
  /** A sentence for people. */
  readonly description: string;
  readonly arrivals: ArrivalModel;
  /** Applied in this order. */
  readonly scale?: readonly Scaling[];
  /** The slow rate of one recorded trace, which the process's time is stretched to: this hour rather than any like it. */
  readonly course?: Course;
  /** The rate over a day and a week, in UTC; the process's own rate is the mean. */
  readonly day?: Day;
  readonly incidents?: readonly Incident[];
  readonly records: RecordModel;
  /** Whose trace it was fitted to, and under which licence. */
  readonly source?: string;
}
