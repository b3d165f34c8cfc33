import { profileNamed } from '@ssert/simulator';
import { expect, test } from 'vitest';
import { madeUpBench } from '../../testing/made-up-bench.ts';
import { resultOf } from '../bench-result-of.ts';
import { scheduleDigest } from '../publisher/schedule.ts';
import { resolveLoad } from '../settings.ts';
import { burst, burstOf } from './burst.ts';

const load = resolveLoad({ durationMs: 5000 });
const monday = Date.parse('2026-01-05T09:00:00Z');

test('a profile is played from its begin in each trial, and the plan tells what was played', () => {
  const scenario = burst(burstOf(profileNamed('office'), 7, monday));
  const [one, two] = [scenario.schedule(load), scenario.schedule(load)];
  expect(one.atUs.length).toBeGreaterThan(10);
  expect(two).toEqual(one);
  const { host, target, tool, startedAt } = madeUpBench();
  const options = { access: { request: { url: target.url, method: 'GET', headers: {} } }, tool, load };
  const { plan } = resultOf({
    options: { ...options, scenario: 'burst' },
    ...{ load, scenario, target, host, startedAt },
    slo: undefined,
    trials: [],
    durationMs: 0,
  });
  expect(plan.scheduleSha256).toBe(scheduleDigest(one));
});

test('a profile that cannot be played is told before any trial', () => {
  const office = profileNamed('office');
  const arrivals = { process: 'renewal', law: 'gamma', shape: 1, scaleS: 1 } as const;
  const scale = [{ by: 'intensity', factor: 2 }] as const;
  expect(() => burstOf({ ...office, arrivals, scale }, 7, monday)).toThrow('has no rate');
});
