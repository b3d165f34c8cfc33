import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { serving } from '../testing/serving.ts';
import { accessTo, benchOf } from './bench-of.ts';
import type { PlainServer } from './plain-server.ts';

const load = { streams: 20, rate: 20, payloadBytes: 100, durationMs: 1000, settleMinMs: 0, settleMaxMs: 0 };

/** Sends no head before a stream's first event, as Express does whose handler only writes events. */
function withholdingServer(): Promise<PlainServer> {
  const open = new Set<ServerResponse>();
  return serving(async (request, response) => {
    if (request.method === 'GET') {
      response.setHeader('Content-Type', 'text/event-stream');
      open.add(response);
      response.on('close', () => open.delete(response));
      return;
    }
    const { data } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    for (const stream of open) stream.write(`data: ${data}\n\n`);
    response.writeHead(204).end();
  });
}

test.concurrent('streams whose server sends no head before an event are opened by events, in no count, and that is told', async () => {
  await using server = await withholdingServer();
  const { trials } = await benchOf(server, { scenario: 'steady', load });
  const [trial] = trials;
  expect(trial?.connects).toMatchObject({ attempted: 20, ok: 20 });
  expect(trial?.counts).toMatchObject({ lost: 0, corrupt: 0, duplicate: 0, edge: 0 });
  // Who was opened by an event is subscribed, and owed all that follows.
  expect(trial?.counts.expected).toBe(20 * (trial?.counts.publishes ?? 0));
  expect(trial?.counts.delivered).toBe(trial?.counts.expected);
  // On a busy machine heads may be late for another reason, and nobody is accused.
  if (trial?.validity !== 'invalid')
    expect(trial?.findings).toEqual([
      {
        name: 'withholds',
        count: expect.any(Number),
        sentence: expect.stringContaining('events were published to open'),
      },
    ]);
});

test.concurrent('where events do not reach such streams, that is told in place of figures', async () => {
  await using server = await withholdingServer();
  const { request } = accessTo(server);
  const access = { request, publish: async () => 'accepted' as const };
  const stopping = new AbortController();
  const { trials } = await benchOf(server, {
    scenario: 'steady',
    load,
    access,
    signal: stopping.signal,
    // Nothing more will come of it.
    tell: ({ kind }) => kind === 'note' && stopping.abort(),
  });
  expect(trials[0]?.connects.ok).toBe(0);
  expect(trials[0]?.findings?.[0]?.sentence).toMatch(/^\d+ streams were .* not even when events were published/);
});

test.concurrent('without a way to publish, the cause is named and what to do', async () => {
  await using server = await withholdingServer();
  const stopping = new AbortController();
  const { trials } = await benchOf(server, {
    scenario: 'storm',
    load,
    signal: stopping.signal,
    tell: ({ kind }) => kind === 'note' && stopping.abort(),
  });
  expect(trials[0]?.findings?.[0]?.sentence).toMatch(/flushHeaders\(\) in Node\), or run a scenario that publishes/);
});
