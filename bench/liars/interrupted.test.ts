import { expect, test, vi } from 'vitest';
import { type BenchEvent, type BenchOptions, type BenchResult, runBench } from '../src/index.ts';
import { accessTo } from './bench-of.ts';
import { honest, plainServer } from './plain-server.ts';

const load = { streams: 20, rate: 20, payloadBytes: 100, durationMs: 60_000, settleMinMs: 0, settleMaxMs: 0 };

/** Measures an honest server until `when` says that it is enough. */
async function interrupted(
  when: (event: BenchEvent, seen: readonly BenchEvent[]) => boolean,
  options: Partial<BenchOptions> = {},
): Promise<BenchResult> {
  await using server = await plainServer(honest);
  const stopping = new AbortController();
  const seen: BenchEvent[] = [];
  const tool = { name: 'test', version: '0' };
  return await runBench(
    {
      access: accessTo(server),
      scenario: 'steady',
      load,
      tool,
      ceiling: false,
      signal: stopping.signal,
      slo: 'loss == 0',
      ...options,
    },
    (event) => {
      seen.push(event);
      if (when(event, seen)) stopping.abort();
    },
  );
}

const afterTwoSeconds = (event: BenchEvent, seen: readonly BenchEvent[]): boolean =>
  event.kind === 'second' &&
  seen.filter((one) => one.kind === 'second' && one.window.phase === 'measure' && one.window.delivered > 0).length ===
    2;

test.concurrent('what was measured until it is interrupted is told, and nothing of it is lost', async () => {
  const { interrupted: early, verdict, trials } = await interrupted(afterTwoSeconds);
  const [trial] = trials;
  expect(early).toBe(true);
  expect(verdict).not.toHaveProperty('slo');
  expect(trial?.reasons).toContainEqual(expect.stringMatching(/^it was interrupted after \d+ of 60 s$/));
  expect(trial?.counts.delivered).toBe(trial?.counts.expected);
  expect(trial?.counts.delivered).toBeGreaterThan(0);
  expect(trial?.counts.publishes).toBeLessThan(1200);
});

test.concurrent.each<[string, (event: BenchEvent) => boolean]>([
  ['while streams connect', (event) => event.kind === 'phase' && event.phase === 'ramp'],
  ['before the first trial', (event) => event.kind === 'note'],
])('a run that is interrupted %s proves nothing', async (_, when) => {
  const { interrupted: early, verdict, search } = await interrupted(when, { ceiling: true, axis: 'streams' });
  expect(early).toBe(true);
  expect(verdict).toMatchObject({ validity: 'invalid' });
  expect(verdict.reasons).toContain('it was interrupted before anything was measured');
  expect(search).toEqual({ axis: 'streams', stop: 'interrupted' });
});

test.concurrent('a search over the rate tells the streams that it holds, and the rate that it tries', async () => {
  const told: BenchEvent[] = [];
  await interrupted((event) => told.push(event) > 0 && event.kind === 'phase', {
    axis: 'rate',
    load: { ...load, rate: 30 },
  });
  expect(told).toContainEqual({ kind: 'trial-started', x: 30, rep: 0, streams: 20, rate: 30 });
});

test.concurrent('a herd that is interrupted before its server is killed leaves it alone', async () => {
  const kill = vi.fn(async () => undefined);
  const control = { kill, start: async () => undefined };
  await using server = await plainServer(honest);
  const access = { ...accessTo(server), control };
  const { trials } = await interrupted(afterTwoSeconds, {
    scenario: 'herd',
    access,
    load: { ...load, killAtMs: 30_000 },
  });
  expect(kill).not.toHaveBeenCalled();
  expect(trials[0]?.connects.dropped).toBe(0);
  expect(trials[0]?.scenario).toEqual({});
});
