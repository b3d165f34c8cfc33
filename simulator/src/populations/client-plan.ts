import type { GivenFaults } from '../network/settings.ts';

/** What kind of client one is, by how it reads and what its network does to it. */
export const clientKinds = ['fast', 'slow', 'mobile', 'flaky', 'stalled'] as const;
export type ClientKind = (typeof clientKinds)[number];

/** From `atMs` on it reads so many bytes a second; 0 stops, and holds the server back. */
export interface Reading {
  readonly atMs: number;
  readonly bytesPerS: number | 'unlimited';
}

export const lossReasons = ['sleep', 'network-change', 'cut', 'outage'] as const;
/** What the server sees of a loss: silence is no end at all. */
export const cutKinds = ['rst', 'fin', 'silence'] as const;

/**
 * Its connection is lost, and it connects again, with the `Last-Event-ID` it has where it resumes; not any more where it
 * has left by then.
 */
export interface Loss {
  readonly atMs: number;
  readonly why: (typeof lossReasons)[number];
  readonly by: (typeof cutKinds)[number];
  readonly backAtMs: number;
}

/** How a client leaves; `abort-in-head` is gone before the response has begun, `stays` is there when the time is over. */
export const leavings = ['fin', 'rst', 'abort-in-head', 'stays'] as const;
export type Leaving = (typeof leavings)[number];

/** All that one client does, as plain data that survives JSON. Times are in ms from the start of the run. */
export interface ClientPlan {
  /** From 1; another for each client. */
  readonly number: number;
  readonly kind: ClientKind;
  readonly joinAtMs: number;
  readonly leaveAtMs: number;
  readonly leaves: Leaving;
  /** Whether it sends `Last-Event-ID` when it connects again. */
  readonly resumes: boolean;
  /** In order; the first is at `joinAtMs`. */
  readonly reading: readonly Reading[];
  /** In order, none before the last one's return. */
  readonly losses: readonly Loss[];
  /** Of its network; none where it has a good one. */
  readonly faults: GivenFaults;
}
