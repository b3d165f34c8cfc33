import { startReferenceServer } from '@ssert/server';
import { describe, expect, test } from 'vitest';
import { canMakeCertificates, makeCertificate } from '../../../reference-server/testing/certificate.ts';
import { stamped } from '../audit/stamp.ts';
import { steadySchedule } from '../publisher/schedule.ts';
import { nowUs } from './clock-us.ts';
import { valueAtShare } from './hdr-layout.ts';
import { Receiver } from './receiver.ts';
import { histogramsOf, newReceiverMemory, ReceiverCounters } from './receiver-memory.ts';
import type { ReceiverPlan } from './receiver-plan.ts';

const streams = 5;
const run = 77;
const schedule = steadySchedule({ topics: 1, rate: 10, spacing: 'even', durationUs: 1e6, bytes: 100, seed: 1 });

/** A receiver in this thread, and what it counts. */
function receiver(request: Pick<ReceiverPlan['request'], 'url' | 'ca' | 'protocol'>) {
  const memory = newReceiverMemory();
  const plans = Array.from({ length: streams }, (_, number) => ({ number, topic: 0, connectAtUs: 0 }));
  const plan = { run, seed: 1, topics: [''], schedule, originUs: nowUs(), streams: plans };
  const one = new Receiver({ ...plan, request: { method: 'GET', headers: {}, ...request } }, memory, nowUs);
  const ticks = setInterval(() => one.tick(), 1);
  return {
    one,
    counters: new ReceiverCounters(memory),
    histograms: histogramsOf(memory),
    [Symbol.dispose]: () => {
      clearInterval(ticks);
      one.finish([]);
    },
  };
}

test('connects, opens, receives and closes its streams', async () => {
  const server = await startReferenceServer({ port: 0, events: true });
  try {
    using held = receiver({ url: `${server.url}/events` });
    await expect.poll(() => held.counters.get('ok')).toBe(streams);
    const beginUs = nowUs();
    held.one.take({ kind: 'begin', beginUs });
    held.one.take({ kind: 'measure', fromUs: 0, toUs: beginUs + 1e6 });
    for (let seq = 0; seq < schedule.atUs.length; seq += 1) {
      const intendedUs = beginUs + (schedule.atUs[seq] ?? 0);
      const body = JSON.stringify({ data: stamped({ run, topic: 0, seq, intendedUs }, 100) });
      await fetch(`${server.url}/events`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    }
    await expect.poll(() => held.counters.get('deliveries')).toBe(streams * schedule.atUs.length);
    expect(valueAtShare(held.histograms.ttfh.counts, 1)).toBeGreaterThan(0);
    const { delivered, lost, tally, deliveredOf } = held.one.finish([]);
    expect({ delivered, lost, ...tally }).toMatchObject({ lost: 0, duplicate: 0, corrupt: 0, restamped: 0 });
    expect([...deliveredOf].every((count) => count > 0)).toBe(true);
  } finally {
    await server.close();
  }
});

describe.skipIf(!canMakeCertificates)('over TLS (where openssl makes a certificate)', () => {
  test.each([
    ['opens streams where the certificate is trusted', 'http/1.1', true],
    ['opens none where it is not', 'http/1.1', false],
    ['opens streams by HTTP/2 where the certificate is trusted', 'h2', true],
    ['opens none by HTTP/2 where it is not', 'h2', false],
  ] as const)('%s', async (_, protocol, trusted) => {
    const { ca, tlsCert, tlsKey } = makeCertificate();
    const server = await startReferenceServer({ port: 0, events: true, tlsCert, tlsKey });
    try {
      using held = receiver({ url: `${server.url}/events`, protocol, ...(trusted ? { ca: String(ca) } : {}) });
      await expect.poll(() => held.counters.get(trusted ? 'ok' : 'failed')).toBe(streams);
      expect(held.counters.get('open')).toBe(trusted ? streams : 0);
    } finally {
      await server.close();
    }
  });
});
