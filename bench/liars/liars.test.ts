import { expect, test } from 'vitest';
import { throttledRound } from '../benchmark/throttled.ts';
import type { Finding, Trial } from '../src/index.ts';
import { benchOf } from './bench-of.ts';
import { type Liar, liars } from './liars.ts';
import { type Handing, honest, plainServer } from './plain-server.ts';

const streams = 20;

async function trialOf(handing: Handing, told: { rate?: number; connectRate?: number } = {}): Promise<Trial> {
  await using server = await plainServer(handing);
  const load = { streams, rate: 100, durationMs: 2000, payloadBytes: 100, settleMinMs: 0, settleMaxMs: 0, ...told };
  const { trials } = await benchOf(server, { scenario: 'steady', load });
  return trials[0] as Trial;
}

/** What differs in the load of a liar. */
const loads: Partial<Record<Finding['name'], Parameters<typeof trialOf>[1]>> = {
  // On a busy machine publishes overlap, and of such nobody knows the order.
  reorders: { rate: 10 },
  // Nor who was the last to join, where all come at once.
  starves: { connectRate: 10 },
};

/** What has to be told of a lie that is not about an event. */
const told: Partial<Record<Finding['name'], (found: Finding | undefined) => void>> = {
  // On a busy machine it may stand still more often, and longer, than it means to.
  stalls: (found) => {
    expect(found?.count).toBeGreaterThanOrEqual(1);
    expect(Number(/ ([\d.]+) s at most$/.exec(found?.sentence ?? '')?.[1])).toBeGreaterThanOrEqual(0.9);
  },
  starves: (found) => {
    expect(found?.count).toBe(1);
    expect(found?.sentence).toMatch(new RegExp(`: number ${streams} in the order of connecting$`));
  },
};

test.concurrent('an honest server is accused of nothing', async () => {
  const { counts, connects, findings, fairness } = await trialOf(honest);
  // Where this machine was busy it may have stood still.
  expect(findings?.filter(({ name }) => name !== 'stalls')).toEqual([]);
  expect(connects).toEqual({ attempted: streams, ok: streams, dropped: 0 });
  expect(counts).toMatchObject({ lost: 0, duplicate: 0, reordered: 0, corrupt: 0, redelivered: 0 });
  // Edge is what came within two round trips of a subscription.
  expect(counts.expected + counts.edge).toBe(counts.publishes * streams);
  expect(counts.delivered).toBe(counts.expected);
  expect(fairness?.jain).toBe(1);
});

test.concurrent.each(liars)(
  'a server that $finding is named, by its count',
  { retry: 2 },
  async ({ finding, handing }: Liar) => {
    const lies: number[] = [];
    const trial = await trialOf(
      handing((seq) => lies.push(seq)),
      loads[finding],
    );
    // What is published behind the measured phase is in no count.
    const events = lies.filter((seq) => seq >= 0 && seq < trial.counts.publishes).length;
    const found = trial.findings?.find(({ name }) => name === finding);
    expect(found?.sentence).toEqual(expect.any(String));
    if (told[finding]) told[finding](found);
    else expect(found?.count).toBe(events * streams);
    const others = trial.findings?.filter(({ name }) => name !== finding && name !== 'stalls');
    expect(others).toEqual([]);
  },
);

test('a generator whose CPU others take is no proof of anything', async () => {
  const { validity, reasons } = await throttledRound();
  expect(validity).toBe('invalid');
  expect(reasons.length).toBeGreaterThan(0);
});
