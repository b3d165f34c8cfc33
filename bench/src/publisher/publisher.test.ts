import { systemClock } from '@ssert/protocol/system';
import { describe, expect, test } from 'vitest';
import { nowUs } from '../engine/clock-us.ts';
import { totalOf, valueAtShare } from '../engine/hdr-layout.ts';
import { type PublishAnswer, Publisher } from './publisher.ts';
import { scheduleDigest, steadySchedule, TopicTimes } from './schedule.ts';

const load = { topics: 3, rate: 5, spacing: 'even', durationUs: 2e6, bytes: 100, seed: 7 } as const;

describe('a schedule', () => {
  test('has the rate on every topic, and topics take turns', () => {
    const schedule = steadySchedule(load);
    expect([...schedule.topic.subarray(0, 6)]).toEqual([0, 1, 2, 0, 1, 2]);
    const times = new TopicTimes(schedule, 3);
    for (const topic of [0, 1, 2]) expect(times.between(topic, 0, 2e6)).toBe(10);
    expect(times.between(1, 0, 66_666)).toBe(0);
    expect(times.between(1, 0, 66_667)).toBe(1);
  });

  test('is the same for a seed, has a digest of its own for another, and none of the even ones is by chance', () => {
    const poisson = { ...load, spacing: 'poisson' } as const;
    const digest = (seed: number): string => scheduleDigest(steadySchedule({ ...poisson, seed }));
    expect(digest(1)).toBe(digest(1));
    expect(digest(1)).not.toBe(digest(2));
    expect(scheduleDigest(steadySchedule(load))).toBe(scheduleDigest(steadySchedule({ ...load, seed: 8 })));
  });
});

test('an answer that does not come keeps no later event from being published at its time', async () => {
  const schedule = steadySchedule({ ...load, topics: 1, rate: 50, durationUs: 2e5 });
  const seen: string[] = [];
  let answer = (_: PublishAnswer): void => undefined;
  const publisher = new Publisher({
    publish: (data) => {
      seen.push(data);
      if (seen.length === 1) return new Promise((resolve) => (answer = resolve));
      return Promise.resolve(seen.length === 2 ? 'refused' : seen.length === 3 ? 'no-answer' : 'accepted');
    },
    topics: ['a'],
    schedule,
    run: 1,
    nowUs,
    clock: systemClock,
  });
  await publisher.run(nowUs());
  expect(new Set(seen).size).toBe(10);
  answer('accepted');
  await publisher.answered();
  expect(publisher.refused).toEqual([1]);
  expect(publisher.unanswered).toBe(1);
  expect(totalOf(publisher.ack.counts)).toBe(10);
  expect(valueAtShare(publisher.ack.counts, 1)).toBeGreaterThan(150_000);
});

test('whoever stops it loses nothing that was due before, however late that is', async () => {
  const schedule = steadySchedule({ ...load, topics: 1, rate: 100, durationUs: 1e6 });
  const seen: string[] = [];
  const publisher = new Publisher({
    publish: async (data) => {
      seen.push(data);
      return 'accepted';
    },
    topics: ['a'],
    schedule,
    run: 1,
    nowUs: () => 0,
    // A machine that is held up: no timer fires.
    clock: { ...systemClock, after: () => () => undefined },
  });
  const running = publisher.run(5000);
  publisher.stop(36_000);
  await running;
  // Due at 5, 15, 25 and 35 ms.
  expect(seen).toHaveLength(4);
  expect(publisher.stopped).toBe(true);
});

test('while what is late is sent, answers are heard', async () => {
  const schedule = steadySchedule({ ...load, topics: 1, rate: 1000, durationUs: 2e5 });
  let answered = 0;
  const publisher = new Publisher({
    publish: () =>
      new Promise((resolve) =>
        setImmediate(() => {
          answered += 1;
          resolve('accepted');
        }),
      ),
    topics: ['a'],
    schedule,
    run: 1,
    nowUs,
    clock: systemClock,
  });
  await publisher.run(nowUs() - 10e6);
  expect(answered).toBeGreaterThan(100);
  expect(publisher.mostUnderWay).toBeLessThan(50);
});
