import { systemClock } from '@ssert/protocol/system';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fakePart } from '../../testing/fake-shard.ts';
import { madeUpPlan } from '../../testing/made-up-plan.ts';
import { type ClockProbe, clockOffset, keptOffset } from './clock-offset.ts';
import { joinRun } from './join-client.ts';
import { startJoinServer } from './join-server.ts';
import { mergeShards } from './merge-shards.ts';
import { planFingerprint, readShardPlan, type ShardPlan, shardIndex, shardRanges } from './shard-plan.ts';
import type { ShardResult } from './shard-result.ts';

const clockOk = { offsetUs: 0, boundUs: 50 };
const resultsOf = (plan: ShardPlan): ShardResult[] =>
  plan.shards.map(({ index, from, to }) => ({
    index,
    fingerprint: planFingerprint(plan),
    ...fakePart(from, to),
    clock: clockOk,
  }));

describe('streams are shared out', () => {
  test('each to one shard, evenly, few of them to the coordinator', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 0, max: 5000 }), (shards, more) => {
        const ranges = shardRanges(shards + more, shards);
        expect(ranges.map(({ index }) => index)).toEqual(Array.from({ length: shards }, (_, at) => at));
        expect(ranges[0]?.from).toBe(0);
        expect(ranges.at(-1)?.to).toBe(shards + more);
        for (const [at, { from }] of ranges.entries()) if (at > 0) expect(from).toBe(ranges[at - 1]?.to);
        const sizes = ranges.slice(1).map(({ from, to }) => to - from);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(Math.min(...sizes)).toBeGreaterThan(0);
        expect(ranges[0]?.to).toBeLessThanOrEqual(10);
      }),
    );
  });

  test('and not to fewer than two shards, or to more shards than there are streams', () => {
    expect(() => shardRanges(100, 1)).toThrow('shards is 1; give a whole number from 2 up');
    expect(() => shardRanges(3, 4)).toThrow('streams is 3; give a whole number from 4 up');
  });

  test('a process knows its shard by the name that its scheduler uses', () => {
    const plan = madeUpPlan(100, 4);
    expect(shardIndex({ JOB_COMPLETION_INDEX: '3' }, plan)).toBe(3);
    expect(shardIndex({ AWS_BATCH_JOB_ARRAY_INDEX: '0' }, plan)).toBe(0);
    expect(shardIndex({ SLURM_ARRAY_TASK_ID: '1' }, plan)).toBe(1);
    expect(() => shardIndex({ JOB_COMPLETION_INDEX: '4' }, plan)).toThrow('from 0 to 3');
    expect(() => shardIndex({}, plan)).toThrow('JOB_COMPLETION_INDEX');
  });

  test('a plan survives JSON, and what is none is refused', () => {
    const plan = madeUpPlan(100, 4);
    expect(readShardPlan(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
    expect(() => readShardPlan({ ...plan, streams: -1 })).toThrow('plan.json is "streams"');
  });
});

describe('what shards found is merged', () => {
  const plan = madeUpPlan(200, 4);

  test.each([2, 3, 4, 9])('and on %i shards equals what one process finds on the same schedule', (shards) => {
    const { trial } = fakePart(0, 200);
    const merged = mergeShards(madeUpPlan(200, shards), resultsOf(madeUpPlan(200, shards)));
    expect(merged.counts).toEqual({ ...trial.counts, edge: trial.counts.edge });
    expect(merged.connects).toEqual(trial.connects);
    expect(merged.hist.delivery).toEqual(trial.hist.delivery);
    const seen = (one: typeof trial) =>
      one.windows.map(({ t, streams, offered, delivered, p50, p99 }) => ({ t, streams, offered, delivered, p50, p99 }));
    expect(seen(merged)).toEqual(seen(trial));
    expect(merged).toMatchObject({ x: 200, validity: 'valid', reasons: [] });
  });

  test('a missing shard makes it invalid', () => {
    const results = resultsOf(plan).filter(({ index }) => index !== 2);
    expect(mergeShards(plan, results)).toMatchObject({ validity: 'invalid', reasons: ['shard 2 has no result'] });
  });

  test('so does an invalid one, with its reason, and one that came twice', () => {
    const results = resultsOf(plan);
    const [first, second, ...rest] = results as [ShardResult, ShardResult, ...ShardResult[]];
    const sick = { ...second, trial: { ...second.trial, validity: 'invalid' as const, reasons: ['steal'] } };
    expect(mergeShards(plan, [first, sick, ...rest])).toMatchObject({
      validity: 'invalid',
      reasons: ['shard 1: steal'],
    });
    expect(mergeShards(plan, [...results, second]).reasons).toEqual(['shard 1 has two results']);
  });

  test('so does one of another plan, and one whose events came before they were sent', () => {
    const [first, ...rest] = resultsOf(plan) as [ShardResult, ...ShardResult[]];
    expect(mergeShards(plan, [{ ...first, fingerprint: 'x' }, ...rest]).reasons).toEqual([
      'shard 0 followed another plan',
    ]);
    const early = { ...first, earliestUs: -51 };
    expect(mergeShards(plan, [early, ...rest])).toMatchObject({
      validity: 'invalid',
      reasons: ['shard 0: an event came 51 µs before it was sent, so its clock is wrong'],
    });
    expect(mergeShards(plan, [{ ...first, earliestUs: -49 }, ...rest]).validity).toBe('valid');
  });
});

describe('what shards found is in doubt', () => {
  const plan = madeUpPlan(200, 4);
  const results = resultsOf(plan);

  test('where the coordinator’s few streams had their events earlier', () => {
    const [first, ...rest] = results as [ShardResult, ...ShardResult[]];
    const generator = { ...first.trial.generator, canaryP99Us: 100 };
    expect(mergeShards(plan, [{ ...first, trial: { ...first.trial, generator } }, ...rest])).toMatchObject({
      validity: 'suspect',
      reasons: [expect.stringMatching('the generator may have added it')],
    });
  });

  test('where another machine’s clock is known less well than the times that were measured', () => {
    const [first, second, ...rest] = results as [ShardResult, ShardResult, ...ShardResult[]];
    const withClock = (offsetUs: number, boundUs: number) =>
      mergeShards(plan, [first, { ...second, clock: { offsetUs, boundUs } }, ...rest]);
    expect(withClock(1e6, 5000)).toMatchObject({
      validity: 'suspect',
      reasons: [expect.stringMatching('known to 5.0 ms only')],
    });
    expect(withClock(1e6, 50).validity).toBe('valid');
    // The same clock, whatever its probes took.
    expect(withClock(0, 5000).validity).toBe('valid');
  });
});

describe('clocks', () => {
  /** An exchange with a clock that is ahead, and drifts; the way there takes longer than the way back. */
  const probe = (sentUs: number, there: number, back: number, ahead = 1e6): ClockProbe => ({
    sentUs,
    thereReceivedUs: sentUs + there + ahead,
    thereSentUs: sentUs + there + ahead + 20,
    receivedUs: sentUs + there + 20 + back,
  });

  test('the fastest probe tells the offset, and how far off that may be', () => {
    const found = clockOffset([probe(0, 5000, 100), probe(1e5, 80, 60), probe(2e5, 100, 9000)]);
    expect(found).toEqual({ offsetUs: 1e6 + 10, boundUs: 70 });
    expect(() => clockOffset([])).toThrow('no probe');
  });

  test('the truth lies within the bound, whatever the two ways take', () => {
    const way = fc.integer({ min: 0, max: 100_000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(way, way), { minLength: 1, maxLength: 20 }), (ways) => {
        const { offsetUs, boundUs } = clockOffset(ways.map(([there, back], at) => probe(at * 1e5, there, back)));
        expect(Math.abs(offsetUs - 1e6)).toBeLessThanOrEqual(boundUs + 1e-6);
      }),
    );
  });

  test('the offset that is kept is none where it may be none, and its bound covers the drift', () => {
    const same = { offsetUs: 40, boundUs: 50 };
    expect(keptOffset(same, [])).toEqual({ offsetUs: 0, boundUs: 90 });
    const other = { offsetUs: 1e6, boundUs: 50 };
    expect(keptOffset(other, [])).toEqual(other);
    expect(keptOffset(other, [{ offsetUs: 1e6 + 300, boundUs: 20 }])).toEqual({ offsetUs: 1e6, boundUs: 320 });
  });
});

describe('four shards over HTTP', () => {
  const plan = madeUpPlan(200, 4);
  const start = (options = {}) => startJoinServer({ plan, clock: systemClock, delayMs: 20, ...options });

  test('begin and publish together, and their results are one process’s', async () => {
    const told: number[] = [];
    await using server = await start({ onRecord: ({ index }: { index: number }) => told.push(index) });
    const starts = await Promise.all(
      plan.shards.map(async ({ index, from, to }) => {
        const run = await joinRun({ url: server.url, plan, index, clock: systemClock });
        const beginUs = await run.opened(0);
        if (index === 0) server.publish({ refused: [3], late: [], overlapped: new Set([5]) });
        expect(await run.published(0)).toEqual({ refused: [3], late: [], overlapped: new Set([5]) });
        await run.tell({ t: 0, streams: to - from, offered: 0, delivered: 0, bad: false });
        await run.handIn({ ...fakePart(from, to), clock: run.clock });
        return { ...run, beginUs };
      }),
    );
    const results = await server.results;
    expect(results.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    const merged = mergeShards(plan, results);
    expect(merged).toMatchObject({ validity: 'valid', counts: fakePart(0, 200).trial.counts });
    expect(told.toSorted()).toEqual([0, 1, 2, 3]);
    expect(new Set(starts.map(({ startAtUs }) => startAtUs)).size).toBe(1);
    expect(new Set(starts.map(({ beginUs }) => beginUs)).size).toBe(1);
    // One clock here, so there is nothing between them.
    expect(starts.map(({ clock }) => clock.offsetUs)).toEqual([0, 0, 0, 0]);
  });

  test('one that never joins ends the wait, and the run is told to be invalid', async () => {
    let expire: () => void = () => undefined;
    const clock = {
      ...systemClock,
      after: (_: number, callback: () => void) => {
        expire = callback;
        return () => undefined;
      },
    };
    await using server = await start({ clock });
    const late = joinRun({ url: server.url, plan, index: 1, clock: systemClock });
    const gaveUp = expect(late).rejects.toThrow('the coordinator answers 410: the run began without shard 0, 1, 2, 3');
    expire();
    expect(await server.results).toEqual([]);
    await gaveUp;
  });

  test('a shard of another plan, and one that is not in it, are refused', async () => {
    await using server = await start();
    const join = (index: number, other = plan) => joinRun({ url: server.url, plan: other, index, clock: systemClock });
    await expect(join(1, { ...plan, secret: 'guessed' })).rejects.toThrow('409: this shard was given another plan');
    await expect(join(1, madeUpPlan(201, 4))).rejects.toThrow('409: this shard was given another plan');
    await expect(join(7)).rejects.toThrow('409: the plan has no shard 7');
  });

  test('a shard gives up where nobody listens', async () => {
    const server = await start();
    await server[Symbol.asyncDispose]();
    const alone = joinRun({ url: server.url, plan, index: 1, clock: systemClock, timeoutMs: 1 });
    await expect(alone).rejects.toThrow(/^shard 1 gave up waiting: .* does not answer/);
  });

  test('what is no message is refused, and nothing breaks', async () => {
    await using server = await start();
    const post = async (path: string, body: string) =>
      (await fetch(server.url + path, { method: 'POST', body })).status;
    expect(
      await Promise.all([post('/join', '{'), post('/join', '{}'), post('/nowhere', '{}'), post('/result', '[]')]),
    ).toEqual([400, 400, 404, 400]);
    expect((await fetch(server.url)).status).toBe(404);
  });
});
