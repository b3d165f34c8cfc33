import { expect, test } from 'vitest';
import { foreignCpu, type MachineSample } from './machine-sample.ts';

/** @param freeMs that all CPUs together ran nothing @param ownMs of server and generator, by pid */
function sample(atMs: number, freeMs: number, ownMs: Readonly<Record<number, number>>): MachineSample {
  return {
    atUs: atMs * 1000,
    host: { psiCpuUs: null, taskFreeUs: freeMs * 1000, cpuTicks: 0, stolenTicks: 0 },
    server: undefined,
    ownCpuNs: new Map(Object.entries(ownMs).map(([pid, ms]) => [Number(pid), ms * 1e6])),
  };
}

test('what others used is what neither idle time nor server and generator account for', () => {
  const before = sample(0, 0, { 7: 100, 8: 50 });
  expect(foreignCpu(before, sample(1000, 1400, { 7: 400, 8: 350 }), 2)).toBe(0);
  expect(foreignCpu(before, sample(1000, 900, { 7: 400, 8: 350 }), 2)).toBe(0.5);
});

test('a process that was started meanwhile counts from its begin, and ticks that are rounded up are nobody’s', () => {
  const before = sample(0, 0, { 7: 100 });
  expect(foreignCpu(before, sample(1000, 1500, { 7: 400, 9: 200 }), 2)).toBe(0);
  expect(foreignCpu(before, sample(1000, 1800, { 7: 400 }), 2)).toBe(0);
});
