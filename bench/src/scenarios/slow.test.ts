import { expect, test } from 'vitest';
import { madeUpTrial } from '../../testing/made-up-trial.ts';
import { type ReceiverCounter, type ReceiverSummary, receiverCounters } from '../engine/receiver-memory.ts';
import { resolveLoad } from '../settings.ts';
import { steadyLoad } from './scenario.ts';
import { kernelBytes, slowFindings } from './slow.ts';

const counters = Object.fromEntries(receiverCounters.map((name) => [name, 0])) as Record<ReceiverCounter, number>;
/** One that has stopped reading, of a server whose memory does not grow. */
const summaries = [{ slow: [{ number: 0, bytes: 0, endedUs: 0 }] }] as unknown as readonly ReceiverSummary[];

/** What is found where each topic has so much data, in rows of 20,000 bytes. */
function found(topics: number, bytesPerTopic: number, refused: (topic: number) => boolean = () => false) {
  const load = resolveLoad({ topics, payloadBytes: 20_000, rate: 100, durationMs: (bytesPerTopic / 20_000) * 10 });
  const schedule = steadyLoad(load);
  const { windows } = madeUpTrial({ x: 10, rssBytes: 60e6, seconds: 1 });
  return slowFindings({
    load,
    summaries,
    windows: windows.map((window) => ({ ...window, rss: 60e6 })),
    attempted: [],
    schedule,
    refused: new Set([...schedule.topic.keys()].filter((row) => refused(schedule.topic[row] ?? 0))),
    counters,
    beginUs: 5e6,
    untilUs: 5e6 + load.durationMs * 1000,
    notes: {},
  });
}

const half = kernelBytes / 2;

test('of many topics a stream is sent its own: a server is not said to drop what the kernel took', () => {
  const { sentBytesPerStream, policy } = found(10, half);
  expect(policy).toMatch(/^not exercised/);
  expect(sentBytesPerStream).toBeGreaterThan(0.9 * half);
  expect(sentBytesPerStream).toBeLessThan(1.1 * half);
});

test('what the server refused was sent to nobody', () => {
  expect(found(2, 4 * kernelBytes, (topic) => topic === 1)).toMatchObject({
    sentBytesPerStream: 0,
    policy: expect.stringMatching(/^not exercised/),
  });
});

test('a server whose memory does not grow under more than the kernel takes drops it', () => {
  expect(found(10, 4 * kernelBytes)).toMatchObject({ policy: 'drops' });
});
