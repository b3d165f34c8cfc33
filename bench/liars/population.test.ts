import { startReferenceServer } from '@ssert/server';
import type { ClientPlan } from '@ssert/simulator';
import { describe, expect, test } from 'vitest';
import { type ClientCounts, populationOf, type Trial } from '../src/index.ts';
import { benchOf } from './bench-of.ts';
import { plainServer, resumable } from './plain-server.ts';

const load = { rate: 20, payloadBytes: 100, settleMinMs: 0, settleMaxMs: 0, drainMs: 6000 };
const durationMs = 4000;

/** A client that stays and reads all, but for what is told. */
function client(number: number, told: Partial<ClientPlan> = {}): ClientPlan {
  const { joinAtMs = 0 } = told;
  return {
    number,
    kind: 'fast',
    joinAtMs,
    leaveAtMs: durationMs,
    leaves: 'stays',
    resumes: true,
    reading: [{ atMs: joinAtMs, bytesPerS: 'unlimited' }],
    losses: [],
    faults: {},
    ...told,
  };
}

/** Four of a kind. */
function four(first: number, told: Partial<ClientPlan>): ClientPlan[] {
  return [0, 1, 2, 3].map((at) => client(first + at, told));
}

const away = { atMs: 2000, why: 'cut', backAtMs: 3000 } as const;
const clients: readonly ClientPlan[] = [
  ...four(1, {}),
  ...four(5, { kind: 'flaky', losses: [{ ...away, by: 'rst' }] }),
  ...four(9, { kind: 'mobile', losses: [{ ...away, by: 'silence' }], faults: { down: { latencyMs: 50 } } }),
  ...four(13, {
    kind: 'stalled',
    reading: [
      { atMs: 0, bytesPerS: 'unlimited' },
      { atMs: 2500, bytesPerS: 0 },
    ],
  }),
  ...four(17, { kind: 'slow', joinAtMs: 1000, leaveAtMs: 3500, leaves: 'rst', resumes: false }),
  client(21, { joinAtMs: 700, leaveAtMs: 700, leaves: 'abort-in-head' }),
];

async function play(url: string, plans = clients): Promise<Trial> {
  const population = populationOf('of this test', plans);
  const { trials } = await benchOf(
    { url, [Symbol.asyncDispose]: async () => undefined },
    { scenario: 'population', load, population },
  );
  return trials[0] as Trial;
}

function ofKind({ clients = [] }: Trial, kind: string): ClientCounts {
  return clients.find((row) => row.kind === kind) as ClientCounts;
}

// On a machine that is very busy a client may be lost before it is answered, and what is published late is in no count.
describe.concurrent('a population that is played', { retry: 2 }, () => {
  test('gets all that is due from the reference server, and each kind does what its plans say', async () => {
    const server = await startReferenceServer({ port: 0, events: true, logLevel: 'silent' });
    const trial = await play(`${server.url}/events`).finally(() => server.close());
    expect(trial.counts).toMatchObject({ publishes: 80, lost: 0, lostAcrossReconnect: 0, duplicate: 0, corrupt: 0 });
    expect(trial.counts.delivered).toBe(trial.counts.expected);
    // Twenty that waited for an answer, and eight again.
    expect(trial.connects).toEqual({ attempted: 28, ok: 28, dropped: 0 });
    const fast = ofKind(trial, 'fast');
    expect(fast).toMatchObject({ clients: 5, connects: 4, opened: 4, resumed: 0, cut: 0 });
    for (const kind of ['flaky', 'mobile']) {
      const moving = ofKind(trial, kind);
      expect(moving).toMatchObject({ clients: 4, connects: 8, opened: 8, resumed: 4, lost: 0, lostAcrossReconnect: 0 });
      expect(moving.received).toBe(moving.expected);
      expect(moving.expected).toBeGreaterThan(0);
    }
    const stalled = ofKind(trial, 'stalled');
    expect(stalled).toMatchObject({ holdBack: 4, opened: 4 });
    expect(stalled.received).toBeLessThan(stalled.expected);
    const slow = ofKind(trial, 'slow');
    expect(slow.received).toBe(slow.expected);
    expect(slow.expected).toBeLessThan(fast.expected);
    expect(trial.hist.delivery?.count).toBeLessThanOrEqual(trial.counts.delivered);
    expect(trial.findings?.filter(({ name }) => name !== 'stalls')).toEqual([]);
  });

  test('shows what a server forgets, and what it gives again, where clients come back, and only that', async () => {
    const forgotten = new Set([45, 50, 55]);
    const forgetful = resumable((seq) => forgotten.has(seq));
    await using server = await plainServer({
      ...forgetful,
      connected: (stream, id) => forgetful.connected?.(stream, id === undefined ? id : String(Number(id) - 2)),
    });
    const trial = await play(server.url);
    const each = ofKind(trial, 'flaky').lostAcrossReconnect / 4;
    expect(each).toBeGreaterThan(0);
    expect(each).toBeLessThanOrEqual(forgotten.size);
    expect(trial.counts).toMatchObject({ lost: 0, lostAcrossReconnect: 8 * each });
    for (const kind of ['flaky', 'mobile'])
      expect(ofKind(trial, kind)).toMatchObject({
        lost: 0,
        lostAcrossReconnect: 4 * each,
        resumed: 4,
        redelivered: 8,
        duplicate: 0,
      });
    for (const kind of ['fast', 'slow'])
      expect(ofKind(trial, kind)).toMatchObject({ lost: 0, lostAcrossReconnect: 0, redelivered: 0 });
  });
});

test('what cannot be played is refused', async () => {
  const population = populationOf('of this test', clients);
  const server = { url: 'http://127.0.0.1:1/', [Symbol.asyncDispose]: async () => undefined };
  const given = { scenario: 'population', population, load: { ...load, streams: 3 } } as const;
  await expect(benchOf(server, given)).rejects.toThrow(/streams is 3; give 21, as the population has it/);
  await expect(benchOf(server, { scenario: 'population', load })).rejects.toThrow(/--population NAME or FILE.json/);
  const request = { url: server.url, method: 'GET', headers: {}, protocol: 'h2' } as const;
  const access = { request, publish: async () => 'accepted' as const };
  await expect(benchOf(server, { scenario: 'population', load, population, access })).rejects.toThrow(
    /protocol is "h2"/,
  );
});
