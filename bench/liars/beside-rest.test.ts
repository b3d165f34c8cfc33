import { expect, test } from 'vitest';
import { serving } from '../testing/serving.ts';
import { benchOf } from './bench-of.ts';
import { honest, plainServer } from './plain-server.ts';

const load = { streams: 20, rate: 20, payloadBytes: 100, durationMs: 2000, settleMinMs: 0, settleMaxMs: 0 };

/** Answers at its leisure, so that nobody is busy with it. */
async function apiServer(): Promise<{ readonly url: string; asked: number } & AsyncDisposable> {
  const server = await serving((_, response) => {
    api.asked += 1;
    setTimeout(() => response.end('{}'), 10);
  });
  const api = Object.assign(server, { url: `${server.url}api`, asked: 0 });
  return api;
}

test('requests go beside the streams in the last trial only, and both are told alone and together', async () => {
  await using server = await plainServer(honest);
  await using api = await apiServer();
  /** How often was asked by the begin of the first trial, and by its end. */
  const asked: number[] = [];
  const found = await benchOf(server, {
    scenario: 'steady',
    load,
    beside: { url: api.url, connections: 2 },
    tell: ({ kind }) => void (/^trial-/.test(kind) && asked.push(api.asked)),
  });
  expect(asked[0]).toBeGreaterThan(10);
  expect(asked[1]).toBe(asked[0]);
  expect(found.trials).toHaveLength(2);
  for (const { counts } of found.trials) expect(counts).toMatchObject({ lost: 0, corrupt: 0, duplicate: 0 });
  const { alone, beside } = found.rest ?? {};
  for (const run of [alone, beside]) {
    expect(run).toMatchObject({ refused: 0, errors: 0 });
    expect(run?.answers.count).toBeGreaterThan(10);
    expect(run?.answers.p50).toBeGreaterThan(9000);
  }
  // Those under way at each of the two ends have no answer any more.
  const answered = (alone?.answers.count ?? 0) + (beside?.answers.count ?? 0);
  expect(api.asked - answered).toBeGreaterThanOrEqual(0);
  expect(api.asked - answered).toBeLessThanOrEqual(4);
});
