import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { Peer } from '../../../testing/peers.ts';
import { startChaos } from '../proxy/start-chaos.ts';

const event = (n: number): string => `data: ${n} ${Math.imul(n, 0x9e3779b1) >>> 0}\n\n`;

/** A server of event streams behind a proxy that compresses. */
async function behindGzip(): Promise<{ port: number; stream: () => Promise<ServerResponse>; open: () => number }> {
  const responses: ServerResponse[] = [];
  const server = createServer((request, response) => {
    if (request.url === '/picture') response.writeHead(200, { 'Content-Type': 'image/png' }).end('pixels');
    else if (request.url === '/gone') response.writeHead(404, { 'Content-Type': 'text/plain' }).end('gone');
    else {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders();
      responses.push(response);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const chaos = await startChaos({ target: `http://127.0.0.1:${port}`, faults: { gzip: true } });
  onTestFinished(async () => {
    await chaos.close();
    server.close();
  });
  const stream = async (): Promise<ServerResponse> => {
    await expect.poll(() => responses.length, { interval: 2 }).toBe(1);
    return responses[0] as ServerResponse;
  };
  return { port: chaos.port, stream, open: () => chaos.state().open };
}

async function ask(port: number, path: string, fields = ''): Promise<Peer> {
  const client = await Peer.connect(port);
  client.socket.write(`GET ${path} HTTP/1.1\r\nHost: test\r\n${fields}\r\n`);
  return client;
}

/** Waits for what a pattern finds in the answer. */
async function answers(client: Peer, pattern: RegExp): Promise<void> {
  await expect.poll(() => pattern.test(client.text), { timeout: 5000, interval: 2 }).toBe(true);
}

/** The body of a chunked answer, as far as it came. */
function chunkedBody({ text }: Peer): Buffer {
  const parts: Buffer[] = [];
  let left = text.slice(text.indexOf('\r\n\r\n') + 4);
  for (;;) {
    const size = /^([0-9a-f]+)\r\n/.exec(left);
    if (!size || size[1] === '0') return Buffer.concat(parts);
    const start = size[0].length;
    const end = start + Number.parseInt(size[1] ?? '', 16);
    parts.push(Buffer.from(left.slice(start, end), 'latin1'));
    left = left.slice(end + 2);
  }
}

test('an event waits in the compressor until others have filled its buffer', async () => {
  const { port, stream } = await behindGzip();
  const client = await ask(port, '/events', 'Accept-Encoding: gzip\r\n');
  const response = await stream();
  await answers(client, /^HTTP\/1\.1 200 OK\r\n[\s\S]*content-encoding: gzip\r\n[\s\S]*\r\n\r\n/i);
  let written = '';
  let events = 0;
  // The header of gzip is all that may come before.
  for (; chunkedBody(client).length <= 10; events += 1) {
    written += event(events);
    response.write(event(events));
    await new Promise(setImmediate);
  }
  expect(events).toBeGreaterThan(100);
  response.end();
  await answers(client, /\r\n0\r\n\r\n$/);
  expect(gunzipSync(chunkedBody(client)).toString()).toBe(written);
});

test('who does not take gzip gets the stream as it is', async () => {
  const { port, stream } = await behindGzip();
  const client = await ask(port, '/events', 'Accept-Encoding: gzip;q=0, identity\r\n');
  (await stream()).write(event(1));
  await answers(client, /data: 1 /);
  expect(client.text).not.toMatch(/content-encoding/i);
});

test('one connection carries several answers, and only text that went well is compressed', async () => {
  const { port, stream } = await behindGzip();
  const client = await ask(port, '/picture', 'Accept-Encoding: gzip\r\n');
  await answers(client, /pixels/);
  client.socket.write('GET /gone HTTP/1.1\r\nHost: test\r\nAccept-Encoding: gzip\r\n\r\n');
  await answers(client, /gone/);
  expect(client.text).not.toMatch(/content-encoding/i);
  client.socket.write('GET /events HTTP/1.1\r\nHost: test\r\nAccept-Encoding: gzip\r\n\r\n');
  (await stream()).end(event(1));
  await answers(client, /content-encoding: gzip[\s\S]*\r\n0\r\n\r\n$/i);
});

test('a client that leaves in the middle of a compressed answer leaves nothing behind', async () => {
  const { port, stream, open } = await behindGzip();
  const client = await ask(port, '/events', 'Accept-Encoding: gzip\r\n');
  const response = await stream();
  const left = once(response, 'close');
  response.write(event(1));
  await answers(client, /content-encoding: gzip/i);
  client.socket.resetAndDestroy();
  await left;
  await expect.poll(open, { interval: 2 }).toBe(0);
});
