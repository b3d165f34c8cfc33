import { expect, test } from 'vitest';
import { evaluateSlo, parseSlo, runBench, type Trial } from '../src/index.ts';
import { serving } from '../testing/serving.ts';
import { accessTo, benchOf } from './bench-of.ts';
import { honest, type PlainServer, plainServer, resumable } from './plain-server.ts';

const short = {
  streams: 30,
  rate: 20,
  payloadBytes: 100,
  durationMs: 2000,
  settleMinMs: 0,
  settleMaxMs: 0,
  drainMs: 4000,
};

/** With what came within two round trips of a subscription. */
function allOf(trial: Trial | undefined): number {
  return (trial?.counts.expected ?? 0) + (trial?.counts.edge ?? 0);
}

test.concurrent('storm: every client gets in, and is held', async () => {
  await using server = await plainServer(honest);
  const result = await benchOf(server, { scenario: 'storm', load: { ...short, connectRate: 200, holdMs: 500 } });
  const [trial] = result.trials;
  expect(trial?.connects).toEqual({ attempted: 30, ok: 30, dropped: 0 });
  expect(trial?.hist.ttfh).toMatchObject({ count: 30, missing: 0 });
  expect(trial?.hist.delivery).toBeUndefined();
});

test.concurrent('storm: who is let in and dropped at once is told', async () => {
  await using server = await serving((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    setImmediate(() => response.destroy());
  });
  const { trials } = await benchOf(server, {
    scenario: 'storm',
    load: { ...short, connectRate: 200, holdMs: 500 },
  });
  expect(trials[0]?.connects).toEqual({ attempted: 30, ok: 30, dropped: 30 });
});

test.concurrent('a server that refuses every publish is one of which nothing is known', async () => {
  await using server = await plainServer(honest);
  const { request } = accessTo(server);
  const { trials, verdict } = await runBench(
    {
      access: { request, publish: async () => 'refused' },
      tool: { name: 'test', version: '0' },
      ceiling: false,
      scenario: 'steady',
      load: short,
    },
    () => undefined,
  );
  expect(trials[0]?.counts).toMatchObject({ expected: 0, publishes: 0, publishesRefused: 40 });
  expect(verdict.validity).toBe('invalid');
  expect(verdict.reasons).toContain('the server refused every publish (40): look at how it is published to, --publish');
});

test.concurrent('storm: clients that are refused are answered once, and those behind them are waited for', async () => {
  let asked = 0;
  await using server = await serving((_, response) => {
    asked += 1;
    if (asked <= 8) response.writeHead(503).end();
    else response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
  });
  const load = { ...short, streams: 15, connectRate: 5, holdMs: 0 };
  const { trials } = await benchOf(server, { scenario: 'storm', load });
  // Of the canary's ten as well, who stand between the others, some are refused.
  expect(trials[0]?.connects).toMatchObject({ attempted: 15, ok: expect.toSatisfy((ok: number) => ok >= 7) });
});

test.concurrent('churn: clients leave and others come, and only what was due while they were there counts', async () => {
  await using server = await plainServer(honest);
  const load = { ...short, durationMs: 3000, lifetimeMs: 1500, resuming: 0, abortsInHead: 0.1 };
  const { trials } = await benchOf(server, { scenario: 'churn', load });
  const { scenario, counts } = trials[0] as Trial;
  expect(scenario?.left).toBeGreaterThan(30);
  expect(counts.expected).toBeGreaterThan(100);
  expect(counts).toMatchObject({ lost: 0, duplicate: 0, lostAcrossReconnect: 0 });
  expect(counts.delivered).toBe(counts.expected);
  expect(counts.expected).toBeLessThanOrEqual(counts.publishes * 30);
});

test.concurrent('churn: a server that refuses the clients who take others’ places has not let all in', async () => {
  // Thirty, and the canary's ten: who comes early for one that has left may be among them.
  await using server = await plainServer({ ...honest, refuses: (asked) => asked >= 40 });
  const load = { ...short, durationMs: 3000, lifetimeMs: 1500, resuming: 0, abortsInHead: 0 };
  const { trials } = await benchOf(server, { scenario: 'churn', load });
  const { scenario, connects } = trials[0] as Trial;
  expect(scenario).toMatchObject({ refused: connects.attempted - connects.ok, failed: 0 });
  expect(connects.ok).toBeLessThanOrEqual(40);
  expect(connects.attempted).toBeGreaterThan(40);
  const slo = parseSlo('connect.ok >= 99.9% && loss == 0');
  expect(evaluateSlo(slo, trials[0] as Trial)).toMatchObject({ met: false, binding: 'connect.ok >= 99.9%' });
});

test.concurrent('churn: clients who come back to a server that gives them all they missed have lost nothing, up to the last', async () => {
  await using server = await plainServer(resumable());
  const load = { ...short, streams: 8, durationMs: 3000, lifetimeMs: 2000, resuming: 1, abortsInHead: 0 };
  const { trials } = await benchOf(server, { scenario: 'churn', load: { ...load, drainMs: 9000 } });
  const { scenario, counts, hist } = trials[0] as Trial;
  expect(scenario?.resumed).toBeGreaterThan(0);
  expect(counts).toMatchObject({ lost: 0, duplicate: 0, lostAcrossReconnect: 0 });
  expect(counts.delivered).toBe(counts.expected);
  // What was replayed stands in no time.
  expect(hist.delivery?.count).toBeLessThan(counts.delivered);
  expect(hist.delivery?.missing).toBe(0);
});

test.concurrent('slow: only those who read at once are audited, with and without the others', async () => {
  await using server = await plainServer(honest);
  const load = { ...short, slow: 0.3, stalled: 0.2, slowBytesPerS: 200 };
  const { trials } = await benchOf(server, { scenario: 'slow', load });
  const [without, withSlow] = trials;
  const slowStreams = Number(withSlow?.scenario?.slowStreams);
  expect(without?.scenario).toEqual({});
  expect(allOf(without)).toBe(30 * (without?.counts.publishes ?? 0));
  expect(slowStreams).toBeGreaterThan(3);
  expect(withSlow?.counts.lost).toBe(0);
  expect(allOf(withSlow)).toBe((30 - slowStreams) * (withSlow?.counts.publishes ?? 0));
  expect(withSlow?.scenario?.policy).toMatch(/^not exercised/);
  const p99 = (trial: Trial | undefined): number => trial?.hist.delivery?.p99 ?? Number.NaN;
  expect(withSlow?.scenario?.isolation).toBeCloseTo(p99(withSlow) / p99(without), 9);
});

test.concurrent('burst: what is played comes at its own times', async () => {
  await using server = await plainServer(honest);
  const offsets = [0, 10, 20, 30, 1000, 1010, 5000];
  const burst = { name: 'two bursts', rows: offsets.map((ms) => ({ offsetUs: ms * 1000, bytes: 80 })) };
  const { trials, plan } = await benchOf(server, { scenario: 'burst', load: { ...short, amplitude: 2 }, burst });
  const { counts, scenario } = trials[0] as Trial;
  expect(counts).toMatchObject({ publishes: 12, lost: 0 });
  expect(allOf(trials[0])).toBe(360);
  expect(scenario).toMatchObject({ reachedP99UsPlace1: expect.any(Number), drainMs: expect.any(Number) });
  expect(plan.params.traffic).toBe('two bursts');
});

test.concurrent('herd: the server is killed, and all its clients come back', async () => {
  let server: PlainServer = await plainServer(honest);
  const port = Number(new URL(server.url).port);
  const { trials } = await benchOf(server, {
    scenario: 'herd',
    load: { ...short, durationMs: 6000, killAtMs: 500, downMs: 500 },
    access: {
      request: { url: server.url, method: 'GET', headers: {} },
      publish: async () => 'no-answer',
      control: {
        kill: async () => server[Symbol.asyncDispose](),
        start: async () => {
          server = await plainServer(honest, port);
        },
      },
    },
  });
  await server[Symbol.asyncDispose]();
  const { scenario, connects } = trials[0] as Trial;
  // The canary's ten as well.
  expect(connects.dropped).toBe(30);
  expect(scenario?.backAt100Ms).toBeGreaterThan(2900);
  expect(scenario?.backAt100Ms).toBeLessThan(6000);
});
