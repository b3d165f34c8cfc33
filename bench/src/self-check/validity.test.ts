import { describe, expect, test } from 'vitest';
import { broken, type GeneratorSecond } from './limits.ts';
import { type SelfCheck, validityOf } from './validity.ts';

const calm: GeneratorSecond = {
  loopUtilisation: 0.3,
  loopDelayP99Us: 900,
  threadCpu: 0.3,
  publishLagP99Us: 900,
  steal: 0,
  cpuWait: 0.03,
  psi: 0.02,
  foreignCpu: 0.01,
  filesLeft: 0.5,
  portsLeft: 0.9,
};

const good: SelfCheck = {
  seconds: Array(60).fill([]),
  loadedP99Us: 5000,
  canaryP99Us: 4500,
  askedPerS: 1000,
  ceilingPerS: 50_000,
  pressureKnown: true,
  sameClock: true,
  problem: undefined,
};

test('a trial is disturbed where others used the machine in each of its bad seconds, and nothing else was wrong', () => {
  const others = broken({ ...calm, psi: 0.5, foreignCpu: 0.5, cpuWait: 0.3 });
  const stolen = broken({ ...calm, steal: 0.1 });
  const own = broken({ ...calm, threadCpu: 0.9 });
  const at = (...seconds: string[][]) => validityOf({ ...good, seconds: [...seconds, [], []] });
  expect(at(others, stolen)).toMatchObject({ validity: 'invalid', disturbed: true });
  expect(at(others, own).disturbed).toBeUndefined();
  expect(validityOf({ ...good, seconds: [others], problem: 'a thread ended' }).disturbed).toBeUndefined();
  expect(validityOf({ ...good, seconds: [others], askedPerS: 80, ceilingPerS: 100 }).disturbed).toBeUndefined();
  expect(at().disturbed).toBeUndefined();
});

describe('a second', () => {
  test('of a generator at ease breaks no limit', () => {
    expect(broken(calm)).toEqual([]);
    expect(broken({ ...calm, psi: null })).toEqual([]);
  });

  test('in which tasks waited breaks none where only generator and server ran, or nobody waited for those others', () => {
    expect(broken({ ...calm, psi: 0.5, foreignCpu: 0.05 })).toEqual([]);
    expect(broken({ ...calm, psi: 0.05, foreignCpu: 2 })).toEqual([]);
  });

  test.each<Partial<GeneratorSecond>>([
    { loopUtilisation: 0.71 },
    { loopDelayP99Us: 5001 },
    { publishLagP99Us: 5001 },
    { threadCpu: 0.81 },
    { steal: 0.021 },
    { cpuWait: 0.21 },
    { psi: 0.11, foreignCpu: 0.11 },
    { psi: 0.11, foreignCpu: null },
    { filesLeft: 0.04 },
    { portsLeft: 0.04 },
  ])('with %o breaks one', (change) => {
    expect(broken({ ...calm, ...change })).toHaveLength(1);
  });

  test('may be as late as a tenth of the latency that the objective allows', () => {
    expect(broken({ ...calm, loopDelayP99Us: 20_000 }, 250_000)).toEqual([]);
    expect(broken({ ...calm, loopDelayP99Us: 26_000 }, 250_000)).toHaveLength(1);
  });
});

describe('a trial', () => {
  test('is valid where the generator was at ease', () => {
    expect(validityOf(good)).toEqual({ validity: 'valid', reasons: [] });
  });

  test('is invalid once more than 1 % of its seconds break a limit, and says which', () => {
    const bad = (times: number, of: number) => ({
      ...good,
      seconds: [...Array(times).fill(['x']), ...Array(of - times).fill([])],
    });
    expect(validityOf(bad(1, 100)).validity).toBe('valid');
    expect(validityOf(bad(2, 100))).toEqual({ validity: 'invalid', reasons: ['in 2 of 100 s x'] });
    expect(validityOf(bad(1, 60)).validity).toBe('invalid');
  });

  test('is invalid beyond 70 % of what the generator reaches', () => {
    expect(validityOf({ ...good, askedPerS: 35_000 }).validity).toBe('valid');
    expect(validityOf({ ...good, askedPerS: 35_001 }).validity).toBe('invalid');
  });

  test.each<Partial<SelfCheck>>([
    { loadedP99Us: 5600 },
    { pressureKnown: false },
    { sameClock: false },
    { publishing: { mostUnderWay: 257, connections: 256 } },
  ])('is suspect with %o', (change) => {
    expect(validityOf({ ...good, ...change })).toMatchObject({ validity: 'suspect', reasons: [expect.any(String)] });
  });

  test('is not suspect where each publish had a connection of its own', () => {
    expect(validityOf({ ...good, publishing: { mostUnderWay: 256, connections: 256 } }).validity).toBe('valid');
  });

  test('is not suspect where the canary was earlier by chance', () => {
    expect(validityOf({ ...good, loadedP99Us: 9000, laterByUs: 900 }).validity).toBe('valid');
    expect(validityOf({ ...good, loadedP99Us: 9000, laterByUs: 1100 }).validity).toBe('suspect');
  });

  test('is invalid where the engine broke', () => {
    expect(validityOf({ ...good, problem: 'a thread broke' }).validity).toBe('invalid');
  });
});
