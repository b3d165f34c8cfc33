import { expect, test } from 'vitest';
import { type BenchResult, runBench, type Trial } from '../src/index.ts';
import { type Liar, liars } from './liars.ts';
import { type Handing, honest, plainServer } from './plain-server.ts';

const streams = 20;

async function trialOf(handing: Handing): Promise<Trial> {
  await using server = await plainServer(handing);
  const result: BenchResult = await runBench(
    {
      access: {
        request: { url: server.url, method: 'GET', headers: {} },
        publish: async (data) => {
          const answer = await fetch(server.url, { method: 'POST', body: JSON.stringify({ data }) });
          return answer.ok ? 'accepted' : 'no-answer';
        },
        pid: () => process.pid,
      },
      scenario: 'steady',
      load: { streams, rate: 100, durationMs: 2000, payloadBytes: 100, settleMinMs: 0, settleMaxMs: 0 },
      tool: { name: 'test', version: '0' },
      ceiling: false,
    },
    () => undefined,
  );
  return result.trials[0] as Trial;
}

test.concurrent('an honest server is accused of nothing', async () => {
  const { counts, connects, findings, fairness } = await trialOf(honest);
  // Where this machine was busy it may have stood still.
  expect(findings?.filter(({ name }) => name !== 'stalls')).toEqual([]);
  expect(connects).toEqual({ attempted: streams, ok: streams, dropped: 0 });
  expect(counts).toMatchObject({ lost: 0, duplicate: 0, reordered: 0, corrupt: 0, edge: 0, redelivered: 0 });
  expect(counts.expected).toBe(counts.publishes * streams);
  expect(counts.delivered).toBe(counts.expected);
  expect(fairness?.jain).toBe(1);
});

test.concurrent.each(liars)('a server that $finding is named, by its count', async ({ finding, handing }: Liar) => {
  const lies: number[] = [];
  const trial = await trialOf(handing((seq) => lies.push(seq)));
  // What is published behind the measured phase is in no count.
  const events = lies.filter((seq) => seq >= 0 && seq < trial.counts.publishes).length;
  const found = trial.findings?.find(({ name }) => name === finding);
  expect(found?.sentence).toEqual(expect.any(String));
  expect(found?.count).toBe(lies.includes(-1) ? 1 : events * streams);
  const others = trial.findings?.filter(({ name }) => name !== finding && name !== 'stalls');
  expect(others).toEqual([]);
});
