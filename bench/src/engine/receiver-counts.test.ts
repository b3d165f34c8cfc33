import { describe, expect, test } from 'vitest';
import { ByHand } from '../../testing/by-hand.ts';
import { totalOf, valueAtShare } from './hdr-layout.ts';
import type { ChurnPlan, PlayedClient } from './receiver-plan.ts';

/** Clients stay half a second, and others take their places. */
const shortStays: ChurnPlan = {
  law: 'exponential',
  meanUs: 500_000,
  resuming: 0,
  closings: { fin: 1, rst: 0, 'in-head': 0 },
};

const player: PlayedClient = {
  number: 0,
  kind: 'fast',
  joinAtMs: 0,
  leaveAtMs: 60_000,
  leaves: 'stays',
  resumes: true,
  reading: [{ atMs: 0, bytesPerS: 'unlimited' }],
  losses: [],
  faults: {},
  delayMs: 0,
};

function counted({ counters }: ByHand, ...names: Parameters<ByHand['counters']['get']>[0][]): number[] {
  return names.map((name) => counters.get(name));
}

/** A right server, a millisecond after the other, until that is so. */
function serveUntil(held: ByHand, isSo: () => boolean): boolean {
  const untilUs = held.nowUs + 60e6;
  while (!isSo() && held.nowUs < untilUs) held.serve(held.nowUs + 1000);
  return isSo();
}

describe('a connect', () => {
  test.each([
    ['', {}],
    [' of a client that is played', { client: player }],
  ])('that is refused%s has not failed as well once its connection has ended', (_, stream) => {
    const held = new ByHand([stream]);
    held.begin();
    held.until(10_000);
    held.wire.connected(0);
    held.wire.head(0, false);
    held.cut(0);
    expect(counted(held, 'refused', 'failed', 'ok')).toEqual([1, 0, 0]);
  });

  test('that has no answer within thirty seconds has failed', () => {
    const held = new ByHand([{}]);
    held.until(31e6);
    expect(counted(held, 'refused', 'failed', 'firstAnswers', 'firstOk')).toEqual([0, 1, 1, 0]);
  });
});

describe('where clients leave and come', () => {
  test.each([
    ['refused', (held: ByHand) => held.wire.head(0, false), [1, 0]],
    ['reset', () => undefined, [0, 1]],
  ] as const)('a client that is %s tries again after its wait, as a new one', (_, refuse, outcome) => {
    const held = new ByHand([{}], { churn: shortStays });
    held.until(10_000);
    held.wire.head(0, true);
    const wait = Buffer.from('retry: 60000\n\n');
    held.wire.content(0, wait, 0, wait.length);
    held.until(10e6, () => held.opened.length === 2);
    refuse(held);
    held.cut(0);
    const refusedUs = held.nowUs;
    held.until(refusedUs + 2.9e6);
    expect(held.opened).toHaveLength(2);
    // What the one before was told is not known to a new client.
    expect(held.until(refusedUs + 3.1e6, () => held.opened.length === 3)).toBe(true);
    expect(counted(held, 'refused', 'failed')).toEqual(outcome);
  });

  test('one that means to go on where it was still does, once it is let in, and lacks nothing then', () => {
    const held = new ByHand([{}], { churn: { ...shortStays, resuming: 1 } });
    held.begin(20e6);
    expect(serveUntil(held, () => held.counters.get('away') === 1)).toBe(true);
    const before = held.opened.length;
    expect(held.until(held.nowUs + 4e6, () => held.opened.length === before + 1)).toBe(true);
    held.wire.head(0, false);
    held.cut(0);
    expect(held.until(held.nowUs + 4e6, () => held.opened.length === before + 2)).toBe(true);
    expect(held.opened.at(-1)?.lastEventId).toMatch(/^\d+$/);
    held.receiver.take({ kind: 'hold' });
    held.serve(25e6);
    expect(held.counters.get('reconnected')).toBe(1);
    expect(held.receiver.finish([])).toMatchObject({ lost: 0, lostAcrossReconnect: 0 });
  });

  test('a stream that the server ends is lost, and nobody takes its place', () => {
    const held = new ByHand([{}], { churn: { ...shortStays, meanUs: 600e6 } });
    held.begin(20e6);
    held.serve(1e6);
    held.cut(0);
    held.serve(20e6);
    expect(held.opened).toHaveLength(1);
    expect(held.receiver.finish([]).lost).toBeGreaterThan(180);
  });

  test('once nobody comes any more, who is refused does not try again', () => {
    const held = new ByHand([{}], { churn: shortStays });
    held.until(10_000);
    held.receiver.take({ kind: 'hold' });
    held.wire.head(0, false);
    held.cut(0);
    held.until(10e6);
    expect(held.opened).toHaveLength(1);
  });
});

describe('who leaves before the head', () => {
  const inHead: ChurnPlan = { ...shortStays, closings: { fin: 0, rst: 0, 'in-head': 1 } };
  const left = { ...player, leaveAtMs: 0, leaves: 'abort-in-head' } as const;

  test.each([
    ['a client', {}, { churn: inHead }, 2],
    ['a client that is played', { client: left }, {}, 1],
  ] as const)(
    '%s leaves once its connection stands: before, the server would hear of nobody',
    (_, stream, plan, opened) => {
      const held = new ByHand([stream], plan);
      held.begin();
      held.until(100_000);
      expect(held.opened).toHaveLength(1);
      expect(held.ended).toEqual([]);
      held.wire.connected(0);
      expect(held.ended).toEqual([{ stream: 0, how: 'in-head' }]);
      held.until(200_000);
      expect(held.opened).toHaveLength(opened);
      expect(counted(held, 'connected', 'left', 'leftEarly', 'failed', 'firstAnswers')).toEqual([1, 1, 1, 0, 0]);
    },
  );

  test('has failed where it cannot connect', () => {
    const held = new ByHand([{}], { churn: inHead });
    held.until(100_000);
    held.cut(0);
    expect(counted(held, 'failed', 'left', 'leftEarly')).toEqual([1, 0, 0]);
  });

  test('and is played has failed where it cannot connect, and does not try again', () => {
    const held = new ByHand([{ client: left }]);
    held.begin();
    held.until(100_000);
    held.cut(0);
    held.until(10e6);
    expect(held.opened).toHaveLength(1);
    expect(counted(held, 'failed', 'left', 'leftEarly')).toEqual([1, 0, 0]);
  });

  test('stays once nobody leaves any more', () => {
    const held = new ByHand([{}], { churn: inHead });
    held.until(100_000);
    held.receiver.take({ kind: 'hold' });
    held.wire.connected(0);
    held.wire.head(0, true);
    expect(counted(held, 'open', 'left')).toEqual([1, 0]);
  });
});

test('a stream whose clients leave and come is answered once', () => {
  const held = new ByHand([{}, {}], { churn: shortStays });
  held.until(10_000);
  for (const again of [1, 2, 3]) {
    held.wire.head(0, true);
    expect(held.until(10e6, () => held.opened.filter(({ stream }) => stream === 0).length > again)).toBe(true);
  }
  expect(counted(held, 'ok', 'firstAnswers', 'firstOk')).toEqual([3, 1, 1]);
});

test('a stream whose first connect was refused has not opened, though it opens when it is tried again', () => {
  const held = new ByHand([{}], { reconnect: { jitter: 'none' } });
  held.until(10_000);
  held.wire.head(0, false);
  held.cut(0);
  expect(held.until(5e6, () => held.opened.length === 2)).toBe(true);
  held.wire.head(0, true);
  expect(counted(held, 'ok', 'firstAnswers', 'firstOk')).toEqual([1, 1, 0]);
});

test('where clients come back from a loss, what they tried and what came of it is kept by its time', () => {
  const held = new ByHand([{}, { number: 7 }], { reconnect: { jitter: 'none' } });
  held.serve(10_000);
  held.cut(1);
  held.until(3.5e6);
  held.wire.head(1, false);
  held.cut(1);
  held.until(6.6e6);
  held.cut(1);
  held.serve(10e6);
  const { triedAtUs, refusedAtUs, backAtUs, backNumbers } = held.receiver.finish([]).reconnections ?? {};
  const seconds = (times: Float64Array | undefined): number[] =>
    [...(times ?? [])].map((us) => Math.round(us / 1e5) / 10);
  expect(seconds(triedAtUs)).toEqual([0, 0, 3, 6.5, 9.6]);
  expect(seconds(refusedAtUs)).toEqual([3.5, 6.6]);
  expect(seconds(backAtUs)).toEqual([9.6]);
  expect([...(backNumbers ?? [])]).toEqual([7]);
});

test('who comes back, or leaves again on the way back, lacks nothing at a right server', () => {
  const closings = { fin: 0.6, rst: 0.2, 'in-head': 0.2 };
  const churn = { ...shortStays, meanUs: 3e6, resuming: 0.5, closings };
  const held = new ByHand(Array(20).fill({}), { churn });
  held.begin(20e6);
  held.serve(20e6);
  held.receiver.take({ kind: 'hold' });
  held.serve(30e6);
  expect(held.counters.get('reconnected')).toBeGreaterThan(20);
  const { expected, delivered, lost, lostAcrossReconnect, tally } = held.receiver.finish([]);
  expect({ lost, lostAcrossReconnect, ...tally }).toMatchObject({ lost: 0, lostAcrossReconnect: 0, duplicate: 0 });
  expect(delivered).toBe(expected);
});

test('what is replayed is delivered, and its delay stands in no time: the client was away', () => {
  const closings = { fin: 1, rst: 0, 'in-head': 0 };
  const held = new ByHand(Array(20).fill({}), { churn: { ...shortStays, meanUs: 3e6, resuming: 1, closings } });
  held.begin(20e6);
  held.serve(25e6);
  const { delivery, window } = held.histograms;
  for (const { counts } of [delivery, window]) expect(valueAtShare(counts, 1)).toBeLessThan(2000);
  const summary = held.receiver.finish([]);
  expect(summary.delivered).toBeGreaterThan(totalOf(delivery.counts) + 1000);
  expect(held.counters.get('deliveries')).toBeGreaterThan(totalOf(window.counts) + 1000);
  expect(Math.max(...summary.meanUsOf)).toBeLessThan(2000);
  // Nor in what a publish's last receiver tells of fan-out.
  expect(summary.lastUs.every((us, row) => us - row * 100_000 < 2000)).toBe(true);
});

test('nor is what a played client is given again late, or comes over its bad network', () => {
  const losses = [{ atMs: 2000, why: 'cut', by: 'rst', backAtMs: 4000 }] as const;
  const bad = { ...player, losses: [], faults: { down: { latencyMs: 50 } } };
  const held = new ByHand([{ client: player }, { client: { ...player, losses } }, { client: bad }]);
  held.begin(10e6);
  held.serve(10e6);
  const { delivery, window } = held.histograms;
  for (const { counts } of [delivery, window]) expect(valueAtShare(counts, 1)).toBeLessThan(2000);
  // Two seconds' worth is replayed, and the third client's hundred stand nowhere.
  expect(held.counters.get('deliveries') - totalOf(window.counts)).toBeGreaterThanOrEqual(119);
});

test.each([
  ['a client', {}, { reconnect: { jitter: 'none' } }],
  ['a played client', { client: player }, {}],
] as const)('%s that was cut off is away until it is back', (_, stream, plan) => {
  const held = new ByHand([stream], plan);
  held.begin();
  held.serve(1e6);
  held.cut(0);
  expect(counted(held, 'away', 'open')).toEqual([1, 0]);
  held.serve(3.9e6);
  expect(counted(held, 'away', 'open')).toEqual([1, 0]);
  held.serve(5e6);
  expect(counted(held, 'away', 'open')).toEqual([0, 1]);
});

test('once nobody leaves any more all come back who mean to, and nobody else is waited for', () => {
  const closings = { fin: 0.6, rst: 0.2, 'in-head': 0.2 };
  const held = new ByHand(Array(20).fill({}), { churn: { ...shortStays, resuming: 0.5, closings } });
  held.begin();
  held.serve(10e6);
  expect(held.counters.get('away')).toBeGreaterThan(0);
  held.receiver.take({ kind: 'hold' });
  held.serve(13.1e6);
  expect(counted(held, 'away', 'open')).toEqual([0, 20]);
});

describe('who left before any event came has nothing to resume, and lacks nothing of when it was away', () => {
  test('where clients leave and come', () => {
    const held = new ByHand(Array(5).fill({}), { churn: { ...shortStays, resuming: 1 } });
    held.serve(2e6);
    expect(held.counters.get('left')).toBeGreaterThanOrEqual(5);
    held.begin(8e6);
    held.serve(8e6);
    held.receiver.take({ kind: 'hold' });
    held.serve(12e6);
    expect(held.receiver.finish([])).toMatchObject({ lost: 0, lostAcrossReconnect: 0 });
  });

  test('where a client is played', () => {
    const losses = [{ atMs: 50, why: 'cut', by: 'rst', backAtMs: 950 }] as const;
    const held = new ByHand([{ client: { ...player, joinAtMs: 10, losses } }]);
    held.begin(1.5e6);
    held.serve(2e6);
    expect(held.opened.map(({ lastEventId }) => lastEventId)).toEqual(['', '']);
    expect(held.receiver.finish([])).toMatchObject({ lost: 0, lostAcrossReconnect: 0 });
  });
});

describe('the time to the first event', () => {
  const first = { seq: 0, intendedUs: 2e6 };

  test('has none of a stream that was open before the first publish, and got nothing else', () => {
    const held = new ByHand([{}]);
    held.serve(2e6);
    held.begin();
    held.serve(4e6);
    expect(held.counters.get('deliveries')).toBeGreaterThan(10);
    expect(totalOf(held.histograms.ttfe.counts)).toBe(0);
    expect(totalOf(held.histograms.gap.counts)).toBeGreaterThan(10);
  });

  test('has that of a greeting', () => {
    const held = new ByHand([{}]);
    held.serve(10_000);
    held.event(0);
    held.until(2e6);
    held.begin();
    held.event(0, first);
    expect(totalOf(held.histograms.ttfe.counts)).toBe(1);
    expect(valueAtShare(held.histograms.ttfe.counts, 1)).toBeLessThan(11_000);
  });

  test('has that of an event of ours where the stream was opened behind the first publish', () => {
    const held = new ByHand([{ connectAtUs: 2.5e6 }]);
    held.until(2e6);
    held.begin();
    held.serve(4e6);
    expect(totalOf(held.histograms.ttfe.counts)).toBe(1);
    expect(valueAtShare(held.histograms.ttfe.counts, 1)).toBeLessThan(110_000);
  });
});
