import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { startReferenceServer } from '@ssert/server';
import { describe, expect, test } from 'vitest';
import { canMakeCertificates, makeCertificate } from '../../../reference-server/testing/certificate.ts';
import { stamped } from '../audit/stamp.ts';
import { steadySchedule } from '../publisher/schedule.ts';
import { nowUs } from './clock-us.ts';
import { valueAtShare } from './hdr-layout.ts';
import { PlayedReceiver } from './played/played-receiver.ts';
import { Receiver } from './receiver.ts';
import { histogramsOf, newReceiverMemory, ReceiverCounters } from './receiver-memory.ts';
import type { PlayedClient, ReceiverPlan } from './receiver-plan.ts';

const streams = 5;
const run = 77;
const schedule = steadySchedule({ topics: 1, rate: 10, spacing: 'even', durationUs: 1e6, bytes: 100, seed: 1 });

/** A receiver in this thread, and what it counts. */
function receiver(
  request: Pick<ReceiverPlan['request'], 'url' | 'ca' | 'protocol'>,
  told: Pick<ReceiverPlan, 'churn'> = {},
  client?: PlayedClient,
) {
  const memory = newReceiverMemory();
  const each = { topic: 0, connectAtUs: 0, ...(client ? { client } : {}) };
  const plans = Array.from({ length: streams }, (_, number) => ({ number, ...each }));
  const plan = { run, seed: 1, topics: [''], schedule, originUs: nowUs(), streams: plans, ...told };
  const Kind = client ? PlayedReceiver : Receiver;
  const one = new Kind({ ...plan, request: { method: 'GET', headers: {}, ...request } }, memory, nowUs);
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

describe('clients that leave before the head', () => {
  const inHead = { fin: 0, rst: 0, 'in-head': 1 };
  const churn = { law: 'exponential', meanUs: 1e6, resuming: 0, closings: inHead } as const;

  /** Answers nobody, and counts the requests whose clients have gone. */
  async function silentServer(serverOf: (listener: RequestListener) => Server) {
    const server = serverOf((_, response) => void response.on('close', () => (counts.gone += 1)));
    const counts = { gone: 0, port: 0 };
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    counts.port = (server.address() as AddressInfo).port;
    return Object.assign(counts, { [Symbol.dispose]: () => void server.close() });
  }

  test.each([
    ['HTTP/1.1', 'http/1.1', createServer],
    ['HTTP/2', 'h2', (listener: RequestListener) => createHttp2Server(listener as never)],
  ] as const)('are there for the server, and gone before its answer: %s', async (_, protocol, serverOf) => {
    using server = await silentServer(serverOf);
    using held = receiver({ url: `http://127.0.0.1:${server.port}/`, protocol }, { churn });
    await expect.poll(() => server.gone).toBeGreaterThan(5 * streams);
    expect(held.counters.get('failed')).toBe(0);
  });

  test.skipIf(!canMakeCertificates).each([
    ['HTTP/1.1', 'http/1.1', createHttpsServer],
    ['HTTP/2', 'h2', (options: object, listener: RequestListener) => createSecureServer(options, listener as never)],
  ] as const)('over TLS as well: %s (where openssl makes a certificate)', async (_, protocol, serverOf) => {
    const { ca, tlsCert, tlsKey } = makeCertificate();
    const secrets = { cert: readFileSync(tlsCert), key: readFileSync(tlsKey) };
    using server = await silentServer((listener) => serverOf(secrets, listener));
    using held = receiver({ url: `https://127.0.0.1:${server.port}/`, protocol, ca: String(ca) }, { churn });
    await expect.poll(() => server.gone).toBeGreaterThan(5 * streams);
    expect(held.counters.get('failed')).toBe(0);
  });

  test('by their plans do so too', async () => {
    const leaves = { joinAtMs: 0, leaveAtMs: 0, leaves: 'abort-in-head', resumes: false } as const;
    const client = { number: 0, kind: 'fast', ...leaves, reading: [], losses: [], faults: {}, delayMs: 0 } as const;
    using server = await silentServer(createServer);
    using held = receiver({ url: `http://127.0.0.1:${server.port}/` }, {}, client);
    held.one.take({ kind: 'begin', beginUs: nowUs() });
    await expect.poll(() => server.gone).toBe(streams);
    expect(held.counters.get('leftEarly')).toBe(streams);
  });
});
