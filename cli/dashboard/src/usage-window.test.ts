import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnsFor, namedModels, UsageWindow } from './usage-window.ts';

const startMs = Date.parse('2026-01-01T12:00:00Z');
const minute = () => new UsageWindow({ barMs: 1000, bars: 60, nowMs: startMs });

/** Credits per second of all bars, the oldest first. */
function sums(window: UsageWindow): number[] {
  const columns = columnsFor(window.bars);
  window.stackInto(columns);
  return [...(columns.stacks.at(-1) ?? [])];
}

describe('a window of the usage', () => {
  test('adds up the records of each bar, and of each model', () => {
    const window = minute();
    window.add(startMs, 5, 'a');
    window.add(startMs + 900, 7, 'b');
    window.add(startMs - 1, 2, 'a');
    expect(window.barAt(startMs)).toMatchObject({ startMs, credits: [5, 7, 0, 0, 0, 0, 0, 0] });
    expect(window.totals()).toEqual([
      { model: 'a', place: 0, credits: 7, records: 2 },
      { model: 'b', place: 1, credits: 7, records: 1 },
    ]);
    expect(sums(window).slice(-2)).toEqual([2, 12]);
  });

  test('stacks each model upon those before it', () => {
    const window = minute();
    window.add(startMs, 5, 'a');
    window.add(startMs, 7, 'b');
    const columns = columnsFor(window.bars);
    window.stackInto(columns);
    expect(columns.starts[59]).toBe(startMs / 1000);
    expect(columns.stacks.map((stack) => stack[59])).toEqual([5, 12, 12, 12, 12, 12, 12, 12]);
  });

  test('lets go of a bar once it is too old', () => {
    const window = minute();
    window.add(startMs, 5, 'a');
    window.moveTo(startMs + 59_999);
    expect(window.totals()).toHaveLength(1);
    window.moveTo(startMs + 60_000);
    expect(window.totals()).toEqual([]);
    expect(window.barAt(startMs)).toBeUndefined();
  });

  test('counts no record that is too old or has no time, and one ahead of the clock as now', () => {
    const window = minute();
    window.add(startMs - 60_000, 1, 'a');
    window.add(Number.NaN, 1, 'a');
    expect(window.totals()).toEqual([]);
    window.add(startMs + 3_600_000, 3, 'a');
    expect(window.barAt(startMs)?.credits[0]).toBe(3);
  });

  test('keeps a clock that was set back waiting', () => {
    const window = minute();
    window.add(startMs, 5, 'a');
    window.moveTo(startMs - 3_600_000);
    expect(window.barAt(startMs)?.credits[0]).toBe(5);
  });

  test('gives a rate over whole bars, without the one that has just begun', () => {
    const window = minute();
    window.add(startMs, 30, 'a');
    expect(window.creditsOfLast(10)).toBe(0);
    window.moveTo(startMs + 1000);
    window.add(startMs + 1000, 99, 'a');
    expect(window.creditsOfLast(10)).toBe(30);
    window.moveTo(startMs + 11_000);
    expect(window.creditsOfLast(10)).toBe(99);
  });

  test('puts models beyond the seventh together, until one of the seven has nothing left', () => {
    const window = minute();
    for (let model = 0; model < 10; model += 1) window.add(startMs, 1, `model ${model}`);
    expect(window.totals().find(({ model }) => model === undefined)).toMatchObject({ place: namedModels, records: 3 });
    window.moveTo(startMs + 60_000);
    window.add(startMs + 60_000, 1, 'late');
    expect(window.totals()).toEqual([{ model: 'late', place: 0, credits: 1, records: 1 }]);
  });

  test('takes no more memory for a day at 500 records a second, of ever new models, than when it was empty', () => {
    const window = new UsageWindow({ barMs: 10_000, bars: 360, nowMs: startMs });
    const bytes = window.byteLength;
    for (let record = 0; record < 2_000_000; record += 1) {
      const atMs = startMs + record * 43;
      window.moveTo(atMs);
      window.add(atMs, 1, `model ${record % 5000}`);
    }
    expect(window.byteLength).toBe(bytes);
    expect(bytes).toBeLessThan(64 * 1024);
    expect(window.totals().length).toBeLessThanOrEqual(namedModels + 1);
    expect(window.totals().reduce((sum, { records }) => sum + records, 0)).toBeCloseTo(3_595_000 / 43, -3);
  });
});

test('whatever comes whenever, a window holds just the records of its time', () => {
  const bars = 8;
  const barMs = 100;
  const step = fc.record({
    waitMs: fc.nat(300),
    agoMs: fc.integer({ min: -200, max: 1200 }),
    credits: fc.nat(50),
    model: fc.constantFrom('a', 'b', 'c'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const window = new UsageWindow({ barMs, bars, nowMs: startMs });
      const taken: { bar: number; credits: number; model: string }[] = [];
      let nowMs = startMs;
      for (const { waitMs, agoMs, credits, model } of steps) {
        nowMs += waitMs;
        window.moveTo(nowMs);
        window.add(nowMs - agoMs, credits, model);
        const last = Math.floor(nowMs / barMs);
        const bar = Math.min(last, Math.floor((nowMs - agoMs) / barMs));
        if (bar > last - bars) taken.push({ bar, credits, model });
      }
      const last = Math.floor(nowMs / barMs);
      const inside = taken.filter(({ bar }) => bar > last - bars);
      for (const name of ['a', 'b', 'c']) {
        const own = inside.filter(({ model }) => model === name);
        const total = window.totals().find(({ model }) => model === name);
        expect(total?.records ?? 0).toBe(own.length);
        expect(total?.credits ?? 0).toBe(own.reduce((sum, { credits }) => sum + credits, 0));
      }
      for (let bar = last - bars + 1; bar <= last; bar += 1) {
        const credits = inside.filter((one) => one.bar === bar).reduce((sum, one) => sum + one.credits, 0);
        expect(window.barAt(bar * barMs)?.credits.reduce((sum, one) => sum + one, 0)).toBe(credits);
      }
    }),
  );
});
