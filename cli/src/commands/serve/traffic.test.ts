import { LogUnavailable } from '@ssert/server';
import { profileNamed, type UsageRecord } from '@ssert/simulator';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../../protocol/testing/manual-clock.ts';
import { feed, publishPast, type Traffic } from './traffic.ts';

const hourMs = 3_600_000;
const office: Traffic = { profile: profileNamed('office'), seed: 7, speed: 1 };

/** What is published into, and remembers it. */
function publisher(publishUsage = async (_: readonly UsageRecord[]): Promise<void> => undefined) {
  const batches: (readonly UsageRecord[])[] = [];
  const take = async (records: readonly UsageRecord[]): Promise<void> => {
    batches.push(records);
    await publishUsage(records);
  };
  return { publishUsage: take, batches, records: () => batches.flat() };
}

/** Lets time pass as playback waits for it. */
async function pass(clock: ManualClock, durationMs: number, stepMs: number): Promise<void> {
  for (let passedMs = 0; passedMs < durationMs; passedMs += stepMs) {
    clock.advance(stepMs);
    await new Promise(setImmediate);
  }
}

describe('the past of a profile', () => {
  test('is the hour until now, in order, with ids that rise', async () => {
    const clock = new ManualClock();
    const server = publisher();
    const nextId = await publishPast(server, office, clock);
    const times = server.records().map(({ createdAt }) => Date.parse(createdAt));
    expect(times.length).toBeGreaterThan(1000);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(clock.wallTime() - hourMs);
    expect(Math.max(...times)).toBeLessThanOrEqual(clock.wallTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const ids = server.records().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(nextId).toBe((ids.at(-1) ?? 0) + 1);
    expect(Math.max(...server.batches.map(({ length }) => length))).toBeLessThanOrEqual(1000);
  });

  test('is shorter where time is fast, and has none of the incidents', async () => {
    const clock = new ManualClock();
    const server = publisher();
    await publishPast(server, { profile: profileNamed('launch-day'), seed: 7, speed: 60 }, clock);
    const times = server.records().map(({ createdAt }) => Date.parse(createdAt));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(clock.wallTime() - hourMs / 60);
    const launch = publisher();
    const quiet = { ...profileNamed('launch-day'), incidents: [] };
    await publishPast(launch, { profile: quiet, seed: 7, speed: 60 }, clock);
    expect(server.records()).toEqual(launch.records());
  });
});

describe('a profile that feeds a server', () => {
  const steady: Traffic = { profile: profileNamed('steady-api'), seed: 7, speed: 1 };

  test('publishes records when they are due, whatever became of those before', async () => {
    const clock = new ManualClock();
    const over = new AbortController();
    const server = publisher(async () => {
      throw new LogUnavailable('the store is away');
    });
    const fed = feed(server, steady, { clock, signal: over.signal, firstId: 5 });
    await pass(clock, 20_000, 50);
    over.abort();
    await fed;
    const records = server.records();
    expect(records.length).toBeGreaterThan(50);
    expect(records.map(({ id }) => id)).toEqual(records.map((_, index) => 5 + index));
    expect(records.every(({ createdAt }) => Date.parse(createdAt) <= clock.wallTime())).toBe(true);
  });

  test('is so many times as fast as it is told, and the same for the same seed', async () => {
    const played = [1, 10, 10].map(async (speed) => {
      const clock = new ManualClock();
      const over = new AbortController();
      const server = publisher();
      const fed = feed(server, { ...steady, speed }, { clock, signal: over.signal });
      await pass(clock, 30_000 / speed, 50 / speed);
      over.abort();
      await fed;
      return server.records().map(({ creditsUsed }) => creditsUsed);
    });
    const [slow = [], fast = [], again] = await Promise.all(played);
    expect(fast.length).toBeGreaterThan(100);
    expect(again).toEqual(fast);
    expect(Math.abs(fast.length - slow.length)).toBeLessThan(0.2 * slow.length);
  });

  test('ends with the error of a server that broke', async () => {
    const clock = new ManualClock();
    const server = publisher(async () => {
      throw new Error('broken');
    });
    const fed = expect(feed(server, steady, { clock, signal: new AbortController().signal })).rejects.toThrow('broken');
    await pass(clock, 10_000, 100);
    await fed;
  });
});
