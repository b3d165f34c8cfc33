import { once } from 'node:events';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { listening } from '../../protocol/testing/listening.ts';
import { ManualClock } from '../../protocol/testing/manual-clock.ts';
import { requireListener, requirePublishing, requireStream } from './before-load.ts';

/** @returns the URL of a stream whose server goes with the test */
async function streamOf(answer: RequestListener): Promise<string> {
  return `${await listening(answer)}/stream`;
}

function requestOf(url: string): Parameters<typeof requireStream>[0] {
  return { request: { url, method: 'GET', headers: {} } };
}

test('a stream is let through, and is left at once', async () => {
  const asked = Promise.withResolvers<ServerResponse>();
  const url = await streamOf((_, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
    asked.resolve(response);
  });
  const closed = asked.promise.then((response) => once(response, 'close'));
  await requireStream(requestOf(url), { ca: undefined });
  await closed;
});

test.each([
  [404, { 'Content-Type': 'text/plain' }, 'TARGET answers 404 in place of an event stream'],
  [301, { Location: '/elsewhere' }, 'TARGET answers 301 in place of an event stream'],
  [200, { 'Content-Type': 'text/html; charset=utf-8' }, 'TARGET answers 200 (text/html) in place of an event stream'],
  [200, {}, 'TARGET answers 200 (without a type) in place of an event stream'],
])('an answer with status %i and %j is named', async (status, headers, message) => {
  const url = await streamOf((_, response) => response.writeHead(status, headers).end());
  await expect(requireStream(requestOf(url), { ca: undefined })).rejects.toThrow(message);
});

test('a server that sends no head before its first event is let through, once it has said nothing for a second', async () => {
  const asked = Promise.withResolvers<void>();
  const url = await streamOf(() => asked.resolve());
  const clock = new ManualClock();
  const looked = requireStream(requestOf(url), { ca: undefined }, clock);
  await asked.promise;
  clock.advance(1000);
  await looked;
});

test('where nothing listens the port is named, whichever way is looked', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const url = `http://127.0.0.1:${port}/`;
  const message = `nothing listens on 127.0.0.1:${port}: start the server, or let --start do it`;
  await expect(requireStream(requestOf(url), { ca: undefined })).rejects.toThrow(message);
  await expect(requireListener(new URL(url))).rejects.toThrow(message);
  for (const publish of [url, { url: `${url}?data={{data}}` }]) {
    await expect(requirePublishing({ publish })).rejects.toThrow(`--publish: ${message}`);
  }
});

test('what publishes without HTTP is not looked for', async () => {
  for (const publish of [undefined, { command: 'false' }, async () => 'refused' as const]) {
    await requirePublishing({ publish });
  }
});

test('of a server over HTTP/2 it is only asked whether it listens', async () => {
  const url = await streamOf((_, response) => response.writeHead(505).end());
  await requireStream({ request: { ...requestOf(url).request, protocol: 'h2' } }, { ca: undefined });
});
