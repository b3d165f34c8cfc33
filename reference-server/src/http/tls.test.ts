import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { constants } from 'node:http2';
import { get } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { SettingError } from '@ssert/protocol';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../protocol/testing/manual-clock.ts';
import { canMakeCertificates, makeCertificate } from '../../testing/certificate.ts';
import { Http2Exchange, http2Session } from '../../testing/http2-client.ts';
import { runningServer } from '../../testing/running-server.ts';
import { type ReferenceServer, type ServerOptions, startReferenceServer } from '../server.ts';

/** A server over TLS, the lines of its log, and a session with it. */
async function secureServer(options: ServerOptions = {}) {
  const { ca, tlsCert, tlsKey } = makeCertificate();
  const lines: Record<string, unknown>[] = [];
  const logTo = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const server = await runningServer({ tlsCert, tlsKey, logLevel: 'info', logTo, ...options });
  const session = await http2Session(server.url, ca);
  const open = (path: string, fields = {}) => Http2Exchange.open(session, path, fields);
  const ask = async (path: string, fields = {}) => {
    const exchange = await open(path, fields);
    await exchange.isClosed();
    return { status: exchange.headers[':status'], headers: exchange.headers, json: JSON.parse(exchange.text) };
  };
  const publish = async (data: string) => {
    const fields = { ':method': 'POST', 'content-type': 'application/json' };
    expect((await ask('/events', { ...fields, body: JSON.stringify({ data }) })).status).toBe(202);
  };
  const health = async () => (await ask('/health')).json;
  const streamsAre = (count: number) =>
    expect.poll(async () => (await health()).activeConnections, { timeout: 5000, interval: 5 }).toBe(count);
  return { ca, server, session, lines, open, ask, publish, health, streamsAre };
}

async function tlsSocket({ port }: ReferenceServer, ca: Buffer, protocol?: string): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', ca, ...(protocol && { ALPNProtocols: [protocol] }) });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

describe.skipIf(!canMakeCertificates)('over TLS (where openssl makes a certificate)', () => {
  test('HTTP/2 and HTTP/1.1 share one port, and a publication by one reaches the streams of both', async () => {
    const { ca, server, open, publish } = await secureServer();
    expect(server.url).toBe(`https://127.0.0.1:${server.port}`);
    const second = await open('/events');
    const [first] = await once(get(`${server.url}/events`, { ca }), 'response');
    let received = '';
    first.on('data', (bytes: Buffer) => {
      received += bytes;
    });
    await publish('hello');
    await second.has('data: hello\n\n');
    await expect.poll(() => received).toContain('data: hello\n\n');
    expect(first.httpVersion).toBe('1.1');
    first.destroy();
  });

  test('by HTTP/2 a stream has the fields of any stream, and none that belong to a connection', async () => {
    const { open } = await secureServer({ allowedOrigins: ['https://app.example'] });
    const { headers, text } = await open('/usage/stream?hours=2', { origin: 'https://app.example' });
    expect(headers).toMatchObject({
      ':status': 200,
      'content-type': 'text/event-stream',
      'cache-control': 'no-store, no-transform',
      'access-control-allow-origin': 'https://app.example',
    });
    for (const name of ['connection', 'keep-alive', 'transfer-encoding', 'content-length']) {
      expect(headers).not.toHaveProperty(name);
    }
    expect(text).toMatch(/^(: open\n)?/);
  });

  test('by HTTP/2 refusals are what they are by HTTP/1.1', async () => {
    const { ask } = await secureServer();
    expect(await ask('/usage/stream?hours=x')).toMatchObject({ status: 400, json: { field: 'hours' } });
    expect(await ask('/nothing')).toMatchObject({ status: 404 });
    expect(await ask('/events', { ':method': 'PUT', body: 'x' })).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, POST, OPTIONS' },
    });
  });

  test('a stream resumes by HTTP/2', async () => {
    const { open, publish } = await secureServer();
    const follows = await open('/events');
    for (const data of ['a', 'b', 'c']) await publish(data);
    await follows.has('data: c\n\n');
    const [, first] = /^id: (.*)$/m.exec(follows.text) ?? [];
    const resumed = await open('/events', { 'last-event-id': first });
    await resumed.has('data: c\n\n');
    expect([...resumed.text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data)).toEqual(['b', 'c']);
  });

  test.each<[string, string, (exchange: Http2Exchange) => unknown]>([
    ['RST_STREAM', 'client left', ({ stream }) => stream.close(constants.NGHTTP2_CANCEL)],
    ['RST_STREAM with an error', 'connection error', ({ stream }) => stream.close(constants.NGHTTP2_INTERNAL_ERROR)],
    ['GOAWAY', 'client left', ({ stream }) => stream.session?.destroy()],
    ['FIN', 'client left', ({ stream }) => stream.session?.socket.destroy()],
  ])('a client that leaves by %s is forgotten at once, and once', async (_, reason, leave) => {
    const { ca, server, lines, streamsAre } = await secureServer();
    const session = await http2Session(server.url, ca);
    const exchanges = [
      await Http2Exchange.open(session, '/events'),
      await Http2Exchange.open(session, '/usage/stream'),
    ];
    await streamsAre(2);
    for (const exchange of exchanges) leave(exchange);
    await streamsAre(0);
    const closed = lines.filter(({ msg }) => msg === 'stream closed');
    expect(closed.map((line) => line.reason)).toEqual([reason, reason]);
  });

  test('a stream that is not read holds its queue and little more; others of its session go on', async () => {
    const clock = new ManualClock();
    const { open, publish, health, streamsAre } = await secureServer({
      clock,
      queueEvents: 4,
      replayEvents: 1,
      heartbeatMs: 1000,
      stallMs: 5000,
    });
    const [stalled, healthy] = [await open('/events'), await open('/events')];
    await stalled.has(': open');
    stalled.stream.pause();
    const total = 24;
    for (let index = 0; index < total; index += 1) {
      await publish(`<${index}>${'x'.repeat(512 * 1024)}</${index}>`);
      await healthy.has(`</${index}>`);
    }
    // Beside the queue: the event that is being written, and one that its buffer took as the last.
    expect((await health()).droppedMessages).toBeGreaterThanOrEqual(total - 4 - 2);
    clock.advance(2000);
    await streamsAre(2);
    clock.advance(5000);
    await streamsAre(1);
    stalled.stream.resume();
    await stalled.isClosed();
    expect(stalled.stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
    await publish('last');
    await healthy.has('data: last\n\n');
  });

  test('closing ends every stream behind whole frames, and the session with GOAWAY', async () => {
    const { server, session, open, publish } = await secureServer({ clock: new ManualClock() });
    const exchanges = await Promise.all(['/events', '/events', '/usage/stream'].map((path) => open(path)));
    await publish('last');
    const goaway = once(session, 'goaway');
    await server.close();
    expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR);
    await Promise.all(exchanges.map((exchange) => exchange.isClosed()));
    expect(exchanges.map(({ ended }) => ended)).toEqual([true, true, true]);
    const [one, two, usage] = exchanges.map(({ text }) => text);
    for (const text of [one, two]) expect(text).toMatch(/^: open\nid: \S+\ndata: last\n\n$/);
    expect(usage).toMatch(/"connected"\}\n\n$/);
    expect(session.closed).toBe(true);
  });

  test('closing cuts at its deadline the session of a stream that is not read', async () => {
    const clock = new ManualClock();
    const { server, session, open, publish, health } = await secureServer({ clock, stopMs: 5000 });
    const stalled = await open('/events');
    stalled.stream.pause();
    while ((await health()).droppedMessages === 0) await publish('x'.repeat(512 * 1024));
    let isClosed = false;
    const closed = server.close().then(() => {
      isClosed = true;
    });
    await once(session, 'goaway');
    clock.advance(4999);
    await new Promise(setImmediate);
    expect(isClosed).toBe(false);
    clock.advance(1);
    await closed;
    stalled.stream.resume();
    await stalled.isClosed();
    expect(stalled.text).not.toMatch(/x\n\n$/);
  });

  test('a stream in gzip is whole to its end', async () => {
    const { server, open, publish } = await secureServer({ compress: true });
    const exchange = await open('/events', { 'accept-encoding': 'gzip' });
    expect(exchange.headers['content-encoding']).toBe('gzip');
    await publish('hello');
    await server.close();
    await exchange.isClosed();
    expect(gunzipSync(exchange.received).toString()).toMatch(/^: open\nid: \S+\ndata: hello\n\n$/);
  });

  test.each<[string, (secure: TLSSocket, plain: Socket) => unknown]>([
    ['with a notice', (secure) => secure.end()],
    ['by FIN without a notice', (_, plain) => plain.end()],
    ['by RST', (_, plain) => plain.resetAndDestroy()],
  ])('a client of HTTP/1.1 that closes %s is forgotten', async (_, leave) => {
    const { ca, server, streamsAre, lines } = await secureServer();
    const plain = connectTcp(server.port, '127.0.0.1');
    const secure = connectTls({ socket: plain, host: '127.0.0.1', ca });
    secure.on('error', () => undefined);
    secure.write('GET /events HTTP/1.1\r\nHost: a\r\n\r\n');
    await expect.poll(() => String(secure.read() ?? '')).toContain('200 OK');
    await streamsAre(1);
    leave(secure, plain);
    await streamsAre(0);
    expect(lines.filter(({ msg }) => msg === 'stream closed')).toHaveLength(1);
  });

  test('a session may open 100 streams at once, and its header fields may take 16 KiB', async () => {
    const { session, open, ask } = await secureServer();
    await ask('/health');
    expect(session.remoteSettings).toMatchObject({ maxConcurrentStreams: 100, maxHeaderListSize: 16_384 });
    const large = session.request({ ':path': '/events', cookie: 'x'.repeat(40_000) });
    large.on('error', () => undefined);
    await new Promise((resolve) => large.on('close', resolve));
    expect(large.rstCode).not.toBe(0);
    const exchange = await open('/events').catch(() => undefined);
    expect(session.destroyed || exchange?.headers[':status'] === 200).toBe(true);
  });

  test('a client that opens streams and resets them in masses is sent away, and leaves nothing behind', async () => {
    const { ca, server, streamsAre, publish, open } = await secureServer({ maxStreams: 10_000 });
    const healthy = await open('/events');
    const attacker = await http2Session(server.url, ca);
    const gone = new Promise((resolve) => attacker.on('close', resolve));
    const attack = (): void => {
      if (attacker.closed || attacker.destroyed) return;
      const streams = Array.from({ length: 90 }, () => attacker.request({ ':path': '/events' }));
      for (const stream of streams) stream.on('error', () => undefined);
      // Not at once: what is reset before it was sent is not sent at all.
      setImmediate(() => {
        for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
        setImmediate(attack);
      });
    };
    attack();
    await gone;
    await streamsAre(1);
    await publish('still here');
    await healthy.has('data: still here\n\n');
  });

  test('clients that shake no hands, or say nothing behind them, are cut while streams go on', async () => {
    const { ca, server, open, publish } = await secureServer({ headerMs: 300 });
    const stream = await open('/events');
    const silent = connectTcp(server.port, '127.0.0.1');
    silent.on('error', () => undefined);
    const first = await tlsSocket(server, ca, 'http/1.1');
    const second = await tlsSocket(server, ca, 'h2');
    const session = await http2Session(server.url, ca);
    for (const socket of [silent, first, second]) socket.resume();
    await Promise.all([silent, first, second, session].map((each) => each.destroyed || once(each, 'close')));
    await publish('still here');
    await stream.has('data: still here\n\n');
  });

  test('files that cannot be used are refused by the setting that names them', async () => {
    const [one, other] = [makeCertificate(), makeCertificate()];
    const start = (files: { tlsCert: string; tlsKey: string }) =>
      startReferenceServer({ ...files, logLevel: 'silent' });
    const notPem = `${one.tlsCert}.txt`;
    writeFileSync(notPem, 'no PEM');
    const refusals: [string, string, string, RegExp][] = [
      ['tlsCert', `${one.tlsCert}.gone`, one.tlsKey, /a file that can be read \(ENOENT\)$/],
      ['tlsKey', one.tlsCert, `${one.tlsKey}.gone`, /a file that can be read \(ENOENT\)$/],
      ['tlsCert', notPem, one.tlsKey, /a PEM file with a certificate$/],
      ['tlsKey', one.tlsCert, notPem, /a PEM file with a private key/],
      ['tlsKey', one.tlsCert, other.tlsKey, /the private key of the certificate in /],
    ];
    for (const [setting, tlsCert, tlsKey, message] of refusals) {
      const refused = start({ tlsCert, tlsKey });
      await expect(refused).rejects.toThrow(SettingError);
      await expect(refused).rejects.toMatchObject({ setting, message });
    }
  });
});
