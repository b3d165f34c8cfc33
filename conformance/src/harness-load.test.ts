import type { Clock } from '@ssert/protocol';
import { describe, expect, test } from 'vitest';
import { excuses, HarnessLoad, type LoadGauge } from './harness-load.ts';
import { repeatBeforeAccusing } from './repeat.ts';

/** A clock whose timers fire when `pass` gets to them; `block` lets time pass without any. */
class HandClock implements Clock {
  #now = 0;
  #timers: { readonly dueMs: number; readonly callback: () => void }[] = [];
  now = (): number => this.#now;
  wallTime = (): number => this.#now;
  after = (delayMs: number, callback: () => void): (() => void) => {
    const timer = { dueMs: this.#now + delayMs, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };
  block(ms: number): void {
    this.#now += ms;
  }
  pass(ms: number): void {
    const untilMs = this.#now + ms;
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.dueMs - b.dueMs)[0];
      if (!next || next.dueMs > untilMs) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.dueMs);
      next.callback();
    }
    this.#now = Math.max(this.#now, untilMs);
  }
}

/** A machine on which some task waits for a CPU for this share of the time. */
function gauge(clock: Clock, waiting: () => number | undefined, loadPerCore = 0): LoadGauge {
  return {
    loopDelay: () => ({ p99Ms: 1.26, worstMs: 30 }),
    cpuWaitedMs: waiting,
    ownCpuMs: () => clock.now() / 2,
    loadPerCore: () => loadPerCore,
    close: () => undefined,
  };
}

describe('the harness watches itself', () => {
  test('a delay counts for the time in which it was, and not for what came later', () => {
    const clock = new HandClock();
    const load = new HarnessLoad(
      gauge(clock, () => 0),
      clock,
    );
    clock.pass(1000);
    clock.block(300);
    clock.pass(1000);
    expect(load.since(0).worstDelayMs).toBeGreaterThan(250);
    expect(load.since(2000).worstDelayMs).toBe(0);
    load.close();
  });

  test('a delay counts while it lasts', () => {
    const clock = new HandClock();
    const load = new HarnessLoad(
      gauge(clock, () => 0),
      clock,
    );
    clock.pass(100);
    clock.block(500);
    expect(load.since(90).worstDelayMs).toBeGreaterThan(400);
    load.close();
  });

  test("pressure is the share of the time that was asked about, by the kernel's account", () => {
    const clock = new HandClock();
    let waited = 0;
    const load = new HarnessLoad(
      gauge(clock, () => waited),
      clock,
    );
    clock.pass(1000);
    const mark = load.mark();
    waited = 800;
    clock.pass(1000);
    expect(load.since(mark).cpuPressureShare).toBeCloseTo(0.8);
    expect(load.figures()).toEqual({
      eventLoopDelayP99Ms: 1.3,
      eventLoopDelayWorstMs: 30,
      cpuPressureShare: 0.4,
      cpuPressureFrom: 'kernel',
      ownCpuShare: 0.5,
    });
    load.close();
  });

  test('where the kernel keeps no account, more tasks than cores are pressure', () => {
    const clock = new HandClock();
    const load = new HarnessLoad(
      gauge(clock, () => undefined, 1.6),
      clock,
    );
    clock.pass(1000);
    expect(load.figures()).toMatchObject({ cpuPressureShare: 0.6, cpuPressureFrom: 'load' });
    load.close();
  });
});

describe('a busy harness excuses', () => {
  const calm = { worstDelayMs: 3, cpuPressureShare: 0.1 };

  test('nothing where it was calm', () => {
    expect(excuses(calm, { boundMs: 1000, tookMs: 1001 })).toBe(false);
  });

  test('what its own delays can explain, and no more', () => {
    const held = { ...calm, worstDelayMs: 200 };
    expect(excuses(held, { boundMs: 250, tookMs: 1000 })).toBe(true);
    expect(excuses(held, { boundMs: 250, tookMs: 1100 })).toBe(false);
  });

  test('what a machine at full pressure can explain where there was much to do, and no more', () => {
    const pressed = { ...calm, cpuPressureShare: 1 };
    expect(excuses(pressed, { boundMs: 1000, tookMs: 4000, heavy: true })).toBe(true);
    expect(excuses(pressed, { boundMs: 1000, tookMs: 4500, heavy: true })).toBe(false);
    expect(excuses(pressed, { boundMs: 1000, tookMs: 1100 })).toBe(false);
  });
});

describe('a rule repeats before it accuses', () => {
  /** Repeats something that takes these times, on a machine under such pressure; a time is cut off by the patience. */
  async function repeated(timesMs: readonly number[], pressure: number) {
    const clock = new HandClock();
    const load = new HarnessLoad(
      gauge(clock, () => clock.now() * pressure),
      clock,
    );
    const left = [...timesMs];
    try {
      return await repeatBeforeAccusing(
        { load, signal: new AbortController().signal },
        async (patience) => {
          const tookMs = Math.min(left.shift() ?? Number.POSITIVE_INFINITY, patience * 1000);
          clock.pass(tookMs);
          return tookMs;
        },
        (tookMs) => (tookMs < 1000 ? undefined : { boundMs: 1000, tookMs, heavy: true }),
      );
    } finally {
      load.close();
    }
  }

  test('what goes well is not repeated', async () => {
    expect(await repeated([10], 0)).toEqual({ kind: 'kept', result: 10 });
  });

  test('a bound missed once is unstable', async () => {
    expect(await repeated([1000, 10], 0)).toEqual({ kind: 'unstable', first: 1000, again: 10, excused: false });
  });

  test('a bound missed twice on a calm machine accuses', async () => {
    expect(await repeated([1000, 1000, 10], 0)).toEqual({ kind: 'missed', first: 1000, again: 1000 });
  });

  test('a bound missed on a busy machine by what that explains does not accuse', async () => {
    expect(await repeated([1000, 1500, 2000, 3000, 1000, 2000], 1)).toMatchObject({
      kind: 'strained',
      again: 1000,
      message:
        'tried 5 times, but the harness was held up for up to 0 ms, and tasks of its machine waited for a CPU 100% of the time',
    });
  });

  test('a miss that a busy machine does not explain is none of two where the one before may be its own', async () => {
    expect(await repeated([1000, 4000, 10], 0.5)).toEqual({ kind: 'unstable', first: 1000, again: 10, excused: true });
    expect(await repeated([1000, 4000, 3900], 0.5)).toEqual({ kind: 'missed', first: 4000, again: 3900 });
  });

  test('what never comes accuses on a busy machine as well', async () => {
    expect(await repeated([], 1)).toMatchObject({ kind: 'missed' });
  });
});
