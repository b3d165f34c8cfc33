import { type Clock, sleep } from '@ssert/protocol';
import type { TimedRecord } from './usage-records.ts';

/** Records that are due together, and how late they were handed out. */
export interface Due {
  readonly records: readonly TimedRecord[];
  /** How long after its time the first of them comes, in ms. */
  readonly latenessMs: number;
}

export interface PlaybackOptions {
  readonly clock: Clock;
  /** How much faster than in their own time. Default 1. */
  readonly speed?: number;
  /** How many may come together. Default 100. */
  readonly most?: number;
  /** Ends the playback. */
  readonly signal?: AbortSignal;
}

/**
 * Plays records at their times. The schedule is absolute: who takes one late gets what has become due meanwhile at
 * once, and no later record waits for that.
 */
export async function* playback(
  records: Iterable<TimedRecord>,
  { clock, speed = 1, most = 100, signal }: PlaybackOptions,
): AsyncGenerator<Due, void> {
  const startMs = clock.now();
  const dueMs = ({ timeS }: TimedRecord): number => startMs + (timeS * 1000) / speed;
  let waiting: TimedRecord[] = [];
  for (const record of records) {
    const [first] = waiting;
    if (first && (waiting.length === most || dueMs(record) > clock.now())) {
      yield { records: waiting, latenessMs: clock.now() - dueMs(first) };
      waiting = [];
    }
    // A timer may fire a little early by this clock.
    while (!signal?.aborted && dueMs(record) > clock.now()) await sleep(clock, dueMs(record) - clock.now(), signal);
    if (signal?.aborted) return;
    waiting.push(record);
  }
  const [first] = waiting;
  if (first) yield { records: waiting, latenessMs: clock.now() - dueMs(first) };
}
