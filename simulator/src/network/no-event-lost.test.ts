import { EventStream, type Problem } from '@ssert/client';
import { type Clock, seededRandom, sleep } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { startReferenceServer } from '@ssert/server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type Chaos, startChaos } from './proxy/start-chaos.ts';
import type { GivenFaults } from './settings.ts';

const clock: Clock = systemClock;
const events = 150;

interface Ride {
  readonly chaos: Chaos;
  /** What the client was given, as numbers. */
  readonly received: readonly number[];
  /** Why its connections ended. */
  readonly problems: readonly Problem['kind'][];
  /** Publishes events to the server itself, around the network; each is acknowledged before the next. */
  publish(count: number, everyMs: number): Promise<void>;
  /** Resolves when as many have come as were published. */
  arrived(): Promise<void>;
}

interface RideSettings {
  readonly seed: number;
  readonly watchdogMs?: number;
  readonly heartbeatMs?: number;
  /** Default the environment's. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** The reference server, a network without faults yet, and the client behind it, with an event through already. */
async function ride({ seed, heartbeatMs = 20, ...client }: RideSettings): Promise<Ride> {
  const server = await startReferenceServer({
    events: true,
    logLevel: 'silent',
    stopMs: 200,
    heartbeatMs,
    replayEvents: 10_000,
  });
  const chaos = await startChaos({ target: server.url, seed });
  const stream = new EventStream(`${chaos.url}/events`, {
    reconnect: { initial: 5, max: 40, jitter: 1 },
    random: seededRandom(seed),
    ...client,
  });
  onTestFinished(async () => {
    stream.close();
    await chaos.close();
    await server.close();
  });
  const received: number[] = [];
  const problems: Problem['kind'][] = [];
  let knowsAnId = false;
  stream.addEventListener('message', ({ data }) => {
    if (data === 'first') knowsAnId = true;
    else received.push(Number(data));
  });
  stream.addEventListener('error', (event) => {
    if ('problem' in event) problems.push(event.problem.kind);
  });
  const publishOne = async (data: string): Promise<void> => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await fetch(`${server.url}/events`, { method: 'POST', headers, body: JSON.stringify({ data }) });
    expect(answer.ok).toBe(true);
  };
  let published = 0;
  // A client that has seen no id yet cannot say where it was: what comes before the first is not promised to it.
  const first = async (): Promise<boolean> => {
    if (!knowsAnId) await publishOne('first');
    return knowsAnId;
  };
  await expect.poll(first, { timeout: 10_000, interval: 10 }).toBe(true);
  return {
    chaos,
    received,
    problems,
    publish: async (count, everyMs) => {
      for (const until = published + count; published < until; published += 1) {
        await publishOne(String(published));
        await sleep(clock, everyMs);
      }
    },
    arrived: () =>
      expect.poll(() => received.length, { timeout: 20_000, interval: 5 }).toBeGreaterThanOrEqual(published),
  };
}

const inOrder = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe('no acknowledged event is lost, repeated or moved, and the client is back as soon as the network is', () => {
  test.each<[name: string, seed: number, faults: GivenFaults, ends: Problem['kind'][], fault: string]>([
    ['resets', 11, { lifeMs: 60, lifeEnds: 'rst' }, ['network'], 'lifeMs'],
    ['ends in mid-frame', 12, { lifeMs: 60, lifeEnds: 'mid-frame' }, ['network'], 'lifeMs'],
    ['a reset at a byte', 13, { down: { rstAtByte: 900 } }, ['network'], 'down.rstAtByte'],
    ['an end at a byte', 14, { down: { finAtByte: 1100 } }, ['network'], 'down.finAtByte'],
    ['silence, noticed by the watchdog', 15, { lifeMs: 150, lifeEnds: 'silence' }, ['silent'], 'lifeMs'],
    ['silence at a byte', 16, { down: { silentAtByte: 1500 } }, ['silent'], 'down.silentAtByte'],
    ['stalls longer than the watchdog', 17, { down: { stallEveryMs: 200, stallMs: 400 } }, ['silent'], 'down.stallMs'],
    ['late and sliced bytes', 18, { down: { latencyMs: 10, jitterMs: 30, sliceBytes: 40 } }, [], 'down.sliceBytes'],
    ['a narrow line', 19, { down: { bandwidthBytesPerS: 20_000 } }, [], 'down.bandwidthBytesPerS'],
    ['a buffering proxy', 20, { down: { holdBytes: 2000, holdForMs: 60 } }, [], 'down.holdBytes'],
    [
      'resets on a late line',
      21,
      { lifeMs: 80, down: { latencyMs: 10, jitterMs: 20, sliceBytes: 7 } },
      ['network'],
      'lifeMs',
    ],
  ])('%s (seed %d)', async (_, seed, faults, ends, fault) => {
    const { chaos, received, problems, publish, arrived } = await ride({ seed, watchdogMs: 150 });
    chaos.set(faults);
    await publish(events, 3);
    const { fired } = chaos.state();
    chaos.set({});
    // What fell silent before is left to the watchdog.
    await arrived();
    expect(received).toEqual(inOrder(events));
    expect(problems).toEqual(expect.arrayContaining(ends));
    expect(fired[fault]).toBeGreaterThan(0);
  });

  test('an idle timeout of a proxy, with heartbeats that come too rarely (seed 22)', async () => {
    const { chaos, received, publish, arrived } = await ride({ seed: 22, heartbeatMs: 60_000 });
    chaos.set({ idleMs: 25 });
    for (let round = 0; round < 8; round += 1) {
      const { idleMs: before = 0 } = chaos.state().fired;
      await publish(2, 0);
      await expect.poll(() => chaos.state().fired.idleMs, { timeout: 5000, interval: 2 }).toBeGreaterThan(before);
    }
    await arrived();
    expect(received).toEqual(inOrder(16));
  });

  test('heartbeats keep a connection that a proxy would end (seed 23)', async () => {
    const { chaos, problems, publish, arrived } = await ride({ seed: 23, heartbeatMs: 10 });
    chaos.set({ idleMs: 2000 });
    await publish(3, 0);
    await arrived();
    expect([problems, chaos.state().fired]).toEqual([[], {}]);
  });

  test('an outage with everything published during it (seed 24)', async () => {
    const { chaos, received, problems, publish, arrived } = await ride({ seed: 24 });
    chaos.set({ refuse: true });
    chaos.cut('rst');
    await expect.poll(() => chaos.state().refused, { timeout: 5000, interval: 2 }).toBeGreaterThan(2);
    await publish(events, 0);
    expect(received).toEqual([]);
    chaos.set({});
    await arrived();
    expect(received).toEqual(inOrder(events));
    expect(new Set(problems)).toEqual(new Set(['network']));
  });
});

describe('the same check finds what is wrong', () => {
  /** Publishes on a healed network until something of it has come: what has not come by then is lost. */
  const healed = async ({ chaos, received, publish }: Ride): Promise<readonly number[]> => {
    chaos.set({});
    const more = async (): Promise<boolean> => {
      await publish(1, 0);
      return received.some((number) => number >= events);
    };
    await expect.poll(more, { timeout: 10_000, interval: 10 }).toBe(true);
    return received.filter((number) => number < events);
  };

  test('with a client that forgets where it was (seed 25)', async () => {
    const forgetful = (url: string, init: RequestInit): Promise<Response> => {
      const headers = new Headers(init.headers);
      headers.delete('last-event-id');
      return fetch(url, { ...init, headers });
    };
    const one = await ride({ seed: 25, fetch: forgetful });
    one.chaos.set({ lifeMs: 60, lifeEnds: 'rst' });
    await one.publish(events, 3);
    expect(await healed(one)).not.toEqual(inOrder(events));
  });

  test('with bytes that are corrupted, against which reconnection cannot help (seed 26)', async () => {
    const one = await ride({ seed: 26, watchdogMs: 150 });
    one.chaos.set({ down: { corruptEveryBytes: 40 } });
    await one.publish(events, 1);
    expect(one.chaos.state().fired['down.corruptEveryBytes']).toBeGreaterThan(10);
    expect(await healed(one)).not.toEqual(inOrder(events));
  });
});
