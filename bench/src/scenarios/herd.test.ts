import { expect, test } from 'vitest';
import { type ReceiverCounter, type ReceiverSummary, receiverCounters } from '../engine/receiver-memory.ts';
import { ReconnectLog } from '../engine/reconnections.ts';
import { resolveLoad } from '../settings.ts';
import { herdFindings } from './herd.ts';
import { nothingPublished } from './scenario.ts';

const counters = Object.fromEntries(receiverCounters.map((name) => [name, 0])) as Record<ReceiverCounter, number>;

/** Of four streams on two threads, by what those kept; the server was killed after ten seconds, and was there again after twelve. */
function found(...threads: readonly ((log: ReconnectLog) => void)[]) {
  const summaries = threads.map((keep) => {
    const log = new ReconnectLog();
    keep(log);
    return { reconnections: log.all() };
  });
  return herdFindings({
    load: resolveLoad({ streams: 4 }),
    summaries: summaries as unknown as readonly ReceiverSummary[],
    windows: [],
    attempted: [],
    schedule: nothingPublished,
    refused: new Set(),
    counters: { ...counters, refused: 100, failed: 100 },
    beginUs: 0,
    untilUs: 30e6,
    notes: { killedUs: 10e6, startedUs: 12e6 },
  });
}

test('a client that comes back twice is one, and all are back once the last is', () => {
  const one = (log: ReconnectLog): void => {
    for (const [number, s] of [
      [0, 5],
      [0, 13],
      [0, 14],
      [2, 13.5],
      [2, 20],
    ] as const)
      log.back(number, s * 1e6);
  };
  expect(found(one, (log) => log.back(1, 15e6))).toMatchObject({
    backAt50Ms: 3500,
    backAt90Ms: 'never',
    backAt100Ms: 'never',
    downMs: 2000,
  });
  const others = (log: ReconnectLog): void => {
    log.back(1, 15e6);
    log.back(3, 16e6);
  };
  expect(found(one, others)).toMatchObject({ backAt50Ms: 3500, backAt100Ms: 6000 });
});

test('the peak is of what was tried in a second, let in or not, and only who was refused since the kill counts', () => {
  const tries = (log: ReconnectLog): void => {
    for (const s of [1, 1.1, 1.2, 1.3, 13, 13.1, 13.2, 14.5]) log.tried(s * 1e6);
    for (const s of [1.2, 1.4, 13.1, 13.2]) log.refused(s * 1e6);
    log.back(0, 14.5e6);
  };
  expect(found(tries, (log) => log.tried(13.9e6))).toMatchObject({ peakConnectsPerS: 4, refusedConnects: 2 });
});
