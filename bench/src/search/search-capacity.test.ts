import { seededRandom } from '@ssert/protocol';
import { describe, expect, test } from 'vitest';
import { type SimulatedServer, trialsOf } from '../../testing/simulated-server.ts';
import { parseSlo } from '../slo/parse-slo.ts';
import { efforts } from './effort.ts';
import { type SearchOptions, type SearchOutcome, searchCapacity } from './search-capacity.ts';
import type { Purpose } from './trial-request.ts';

const slo = parseSlo('p99 < 250ms && loss == 0');

function search(server: SimulatedServer, options: Partial<SearchOptions> = {}): Promise<SearchOutcome> {
  return searchCapacity({
    axis: 'streams',
    slo,
    start: 100,
    trial: trialsOf(server),
    clock: { now: () => 0 },
    random: seededRandom(server.seed ?? 1),
    ...options,
  });
}

describe('the capacity of a server without noise', () => {
  test('lies between what was confirmed and what failed, 5 % apart at most', async () => {
    const { capacity, stop } = await search({ capacity: 7777 });
    expect(stop).toBe('precision');
    expect(capacity).toMatchObject({
      axis: 'streams',
      limitedBy: 'server',
      confirmed: true,
      binding: 'p99(delivery) < 250ms',
      nonMonotone: false,
      recovered: true,
    });
    expect(capacity?.lo).toBeLessThanOrEqual(7777);
    expect(capacity?.hi).toBeGreaterThanOrEqual(7777);
    expect((capacity?.hi ?? 0) / (capacity?.lo ?? 1)).toBeLessThanOrEqual(1.05);
  });

  test.each([1, 2, 3, 7, 60])('also where it is %i streams, far below the start', async (streams) => {
    const { capacity } = await search({ capacity: streams + 0.5 });
    expect([capacity?.lo, capacity?.hi]).toEqual([streams, expect.any(Number)]);
    expect(capacity?.hi).toBeLessThanOrEqual(Math.ceil((streams + 1) * 1.05));
  });

  test('is bound by the term that fails there', async () => {
    const { capacity } = await search({ capacity: 9000, losesAbove: 4000 });
    expect(capacity?.binding).toBe('loss == 0');
    expect(capacity?.lo).toBeLessThanOrEqual(4000);
    expect(capacity?.hi).toBeGreaterThan(4000);
  });

  test('on the axis of rates is no whole number', async () => {
    const { capacity } = await search({ capacity: 0.537 }, { axis: 'rate', start: 10 });
    expect(capacity?.lo).toBeLessThanOrEqual(0.537);
    expect(capacity?.lo).toBeGreaterThan(0.5);
  });
});

describe('with noise over trials', () => {
  test.each([
    [0.02, 0.08],
    [0.05, 0.15],
    [0.1, 0.25],
  ])('of %d the interval holds the truth over 200 seeds, and is mostly narrower than %d', async (noise, width) => {
    const missed: number[] = [];
    let narrow = 0;
    let trials = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const truth = 500 * 40 ** seededRandom(seed).next();
      const found = await search({ capacity: truth, noise, seed });
      trials = Math.max(trials, found.trials.length);
      const { lo, hi, ci95 } = found.capacity ?? { lo: 0, hi: 0, ci95: [0, 0] };
      const inside = lo <= truth && truth <= (hi ?? lo);
      if (ci95[1] / ci95[0] - 1 < width) narrow += 1;
      if (!inside && !(ci95[0] <= truth && truth <= ci95[1])) missed.push(seed);
    }
    expect(trials).toBeLessThanOrEqual(40);
    expect(narrow).toBeGreaterThan(150);
    // A 95 % interval may miss one in twenty.
    expect(missed.length, `seeds ${missed}`).toBeLessThanOrEqual(10);
  });

  test('ten searches agree within 10 % of their median, or their intervals are wider', async () => {
    const found = await Promise.all(
      Array.from({ length: 10 }, async (_, seed) => (await search({ capacity: 5000, noise: 0.05, seed })).capacity),
    );
    const median = found.map((one) => one?.lo ?? 0).sort((a, b) => a - b)[5] ?? 0;
    for (const one of found) {
      const near = Math.abs((one?.lo ?? 0) / median - 1) <= 0.1;
      expect(near || ((one?.ci95[0] ?? 1e9) <= median && median <= (one?.ci95[1] ?? 0))).toBe(true);
    }
  });
});

describe('where short trials promise a third more than long ones keep', () => {
  const minutes = { double: 0.3, bisect: 0.3, confirm: 1.2, overload: 0.3, recover: 1.2, repeat: 1.2 } as const;

  test.each([0.02, 0.05])(
    'and trials differ by %d, the answer is confirmed within the time all the same',
    async (noise) => {
      for (let seed = 1; seed <= 100; seed += 1) {
        const capacity = 500 * 40 ** seededRandom(seed).next();
        const trial = trialsOf({ capacity, noise, promised: 1.3, seed });
        let ms = 0;
        const found = await search(
          { capacity, seed },
          {
            ...efforts.full,
            clock: { now: () => ms },
            trial: (x, rep, how) => {
              ms += minutes[how.purpose] * 60_000;
              return trial(x, rep, how);
            },
          },
        );
        expect(found.capacity, `seed ${seed}`).toMatchObject({ confirmed: true, limitedBy: 'server' });
        const { lo, hi, ci95 } = found.capacity as { lo: number; hi: number; ci95: readonly [number, number] };
        expect(hi / lo, `seed ${seed}`).toBeLessThan(1.6);
        expect(ci95[0] <= capacity && capacity <= ci95[1], `seed ${seed}`).toBe(true);
      }
    },
  );
});

describe('a search ends', () => {
  test('at the ceiling of the generator, with "at least" and no upper end', async () => {
    const { capacity, stop } = await search({ capacity: 9000 }, { ceiling: 3000 });
    expect(stop).toBe('generator');
    expect(capacity).toMatchObject({ lo: 3000, hi: null, limitedBy: 'generator', confirmed: true, recovered: null });
  });

  test('with two invalid trials in a row, and then tells no capacity', async () => {
    const found = await search({ capacity: 500, invalid: (count) => count === 6 || count === 7 });
    expect(found.stop).toBe('invalid');
    expect(found.capacity).toBeUndefined();
    expect(found.trials.map(({ validity }) => validity)).toEqual([...new Array(6).fill('valid'), 'invalid', 'invalid']);
  });

  test('with "at least" where only the higher load gives no valid trial: it is more than the generator can do', async () => {
    const { capacity, stop } = await search({ capacity: 9000, invalid: (_, x) => x > 2000 });
    expect(stop).toBe('generator');
    expect(capacity).toMatchObject({ lo: 1600, hi: null, limitedBy: 'generator', confirmed: true });
  });

  test('but tells none where what has passed gives no valid trial any more either', async () => {
    const found = await search({ capacity: 9000, invalid: (count) => count >= 5 });
    expect(found.stop).toBe('invalid');
    expect(found.capacity).toBeUndefined();
  });

  test('but one invalid trial is run again, and says nothing', async () => {
    const { capacity } = await search({ capacity: 7777, invalid: (count) => count % 3 === 2 }, { maxTrials: 80 });
    expect(capacity).toMatchObject({ confirmed: true, limitedBy: 'server' });
    expect(capacity?.lo).toBeLessThanOrEqual(7777);
  });

  test('not with trials that others on the machine made invalid, up to five in a row', async () => {
    const few = await search(
      { capacity: 7777, invalid: (count) => count % 5 !== 4, disturbed: () => true },
      { maxTrials: 200 },
    );
    expect(few.capacity).toMatchObject({ confirmed: true, limitedBy: 'server' });
    const all = await search({ capacity: 7777, invalid: (count) => count > 5, disturbed: () => true });
    expect(all.stop).toBe('disturbed');
    // What is told is what passed before: not that the generator was the limit.
    expect(all.capacity).toMatchObject({ confirmed: false, limitedBy: 'time', lo: 3200, hi: null });
  });

  test('with its time: what passed is told, unconfirmed', async () => {
    let now = 0;
    const clock = { now: () => (now += 60_000) };
    const { capacity, stop } = await search({ capacity: 7777 }, { clock, budgetMs: 9 * 60_000 });
    expect(stop).toBe('time');
    expect(capacity).toMatchObject({ limitedBy: 'time', confirmed: false, lo: 6400, hi: 12_800 });
  });

  test('with its trials', async () => {
    const { capacity, stop, trials } = await search({ capacity: 7777 }, { maxTrials: 12 });
    expect(stop).toBe('trials');
    expect(trials).toHaveLength(12);
    expect(capacity).toMatchObject({ limitedBy: 'time', confirmed: false });
  });

  test('when it is interrupted: what passed before is told, and the trial under way judges nothing', async () => {
    const stopping = new AbortController();
    const trial = trialsOf({ capacity: 7777 });
    const { capacity, stop, trials } = await search(
      { capacity: 7777 },
      {
        signal: stopping.signal,
        trial: (x, rep, how) => {
          if (x === 800) stopping.abort();
          return trial(x, rep, how);
        },
      },
    );
    expect(stop).toBe('interrupted');
    expect(trials.map(({ x }) => x)).toEqual([100, 200, 400, 800]);
    expect(capacity).toMatchObject({ lo: 400, hi: null, confirmed: false, limitedBy: 'time' });
  });

  test('when it is interrupted while the server is started', async () => {
    const stopping = new AbortController();
    const trial = (): Promise<never> => {
      stopping.abort();
      return Promise.reject(new Error('did not listen'));
    };
    expect(await search({ capacity: 1 }, { signal: stopping.signal, trial })).toEqual({
      stop: 'interrupted',
      trials: [],
    });
  });

  test('where not even one stream passes', async () => {
    const found = await search({ capacity: 0.2 });
    expect(found).toMatchObject({ stop: 'nothing-passes' });
    expect(found.capacity).toBeUndefined();
  });

  test('with the error of a trial that breaks', async () => {
    const broken = search({ capacity: 1 }, { trial: () => Promise.reject(new Error('no route')) });
    await expect(broken).rejects.toThrow('no route');
  });
});

describe('what a search finds beside the capacity', () => {
  test('a pass above a fail is repeated, and told', async () => {
    const { capacity } = await search({ capacity: 5000, dip: [900, 1300] }, { start: 1000 });
    expect(capacity?.lo).toBeLessThan(900);
    expect(capacity?.nonMonotone).toBe(true);
  });

  test('a server that never gets over an overload', async () => {
    expect((await search({ capacity: 5000, breaks: true }, { start: 4900 })).capacity?.recovered).toBe(false);
  });

  test('a knee below it', async () => {
    const { capacity } = await search({ capacity: 7777 });
    expect(capacity?.knee?.x).toBeGreaterThan(3000);
    expect(capacity?.knee?.ci95[0]).toBeLessThanOrEqual(capacity?.knee?.x ?? 0);
  });
});

describe('a quick search', () => {
  test.each([60, 700, 2500, 9000])('of %i streams needs so few trials that it ends in its time', async (capacity) => {
    const tried: Purpose[] = [];
    const trial = trialsOf({ capacity, noise: 0.05 });
    const found = await search(
      { capacity },
      {
        ...efforts.quick,
        trial: (x, rep, how) => {
          tried.push(how.purpose);
          return trial(x, rep, how);
        },
      },
    );
    expect(found.capacity?.confirmed).toBe(true);
    expect(found.capacity?.ci95[0]).toBeLessThanOrEqual(capacity);
    expect(found.capacity?.ci95[1]).toBeGreaterThanOrEqual(capacity);
    const way = tried.filter((purpose) => purpose === 'double' || purpose === 'bisect').length;
    expect(way).toBeLessThanOrEqual(10);
  });
});

test('the load that is told was tried five times, started anew, in turns with the one above until that is known to fail', async () => {
  const seen: [Purpose, number, boolean][] = [];
  const trial = trialsOf({ capacity: 7777 });
  const { capacity } = await search(
    { capacity: 7777 },
    {
      trial: (x, rep, how) => {
        seen.push([how.purpose, x, how.restart]);
        return trial(x, rep, how);
      },
    },
  );
  const [lo, hi] = [capacity?.lo, capacity?.hi];
  // Above it two that fail are enough.
  const loads = [lo, hi, lo, hi, lo, lo, lo];
  expect(seen.filter(([purpose]) => purpose === 'confirm')).toEqual(loads.map((load) => ['confirm', load, true]));
  expect(seen.slice(-2)).toEqual([
    ['overload', expect.any(Number), true],
    ['recover', expect.any(Number), false],
  ]);
});
