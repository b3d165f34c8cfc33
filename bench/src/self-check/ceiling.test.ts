import { expect, test } from 'vitest';
import { generatorCeiling, highestLoad } from './ceiling.ts';
import { type Spoken, startNullServer } from './null-server.ts';

test.each([
  ['so many streams as get their events', 'streams', { streams: 500, perStreamPerS: 20 }, 3500],
  ['at any rate one stream', 'streams', { streams: 500, perStreamPerS: 1e6 }, 1],
  ['without an end where streams get nothing', 'streams', { streams: 500, perStreamPerS: 0 }, Number.POSITIVE_INFINITY],
  ['less than an event a second on each of many streams', 'rate', { streams: 280_000, perStreamPerS: 20 }, 0.25],
] as const)('a generator that reaches 100,000 deliveries/s is asked for %s', (_, axis, load, highest) => {
  expect(highestLoad(100_000, axis, load)).toBeCloseTo(highest, 9);
});

test.each([
  ['http://127.0.0.1:1/', 'http/1.1', false],
  ['https://127.0.0.1:1/', 'http/1.1', true],
  ['http://127.0.0.1:1/', 'h2', false],
  ['https://127.0.0.1:1/', 'h2', true],
] as const)(
  'for a run with %s over %s the ceiling is of a null server that speaks nothing else',
  async (url, protocol, tls) => {
    const started: Spoken[] = [];
    const load = { request: { url, protocol }, streams: 5, workers: 1, payloadBytes: 200 };
    const perS = await generatorCeiling(load, new AbortController().signal, (spoken, signal) => {
      started.push(spoken);
      return startNullServer(spoken, signal);
    });
    expect(perS).toBeGreaterThan(0);
    expect(started).toEqual([{ protocol, tls }]);
  },
);
