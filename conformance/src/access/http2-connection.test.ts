import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { systemClock } from '@ssert/protocol/system';
import { array, assert, asyncProperty, constantFrom, record, string } from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Http2Connection, type Http2Options } from './http2-connection.ts';

type Serve = (stream: ServerHttp2Stream, session: ServerHttp2Session) => void;

const streamHead = { ':status': 200, 'content-type': 'text/event-stream' } as const;

async function serverFor(serve: Serve, options = {}): Promise<Http2Server> {
  const server = createServer(options);
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
    session.on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    serve(stream, stream.session as ServerHttp2Session);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return server;
}

async function connectionTo(
  server: { address(): unknown },
  options: Partial<Http2Options> = {},
): Promise<Http2Connection> {
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/stream`);
  const connection = new Http2Connection(url, { clock: systemClock, trust: undefined, ...options });
  onTestFinished(() => connection.close());
  await connection.ready(5000);
  return connection;
}

function get(connection: Http2Connection) {
  return connection.open([
    [':method', 'GET'],
    [':scheme', 'http'],
    [':authority', connection.url.host],
    [':path', connection.url.pathname],
  ]);
}

const soon = 5000;

describe('against the HTTP/2 server of Node.js', () => {
  test('any header fields are read as they were sent, block after block on one connection', async () => {
    let fields: Record<string, string> = {};
    const server = await serverFor((stream) => {
      stream.respond({ ...streamHead, ...fields });
      stream.end();
    });
    const connection = await connectionTo(server);
    const name = string({ unit: constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-_'), minLength: 1 });
    // Every character that a field value may hold, so that each Huffman code of RFC 7541 is met.
    const visible = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
    const value = string({ unit: constantFrom(...visible), minLength: 1, maxLength: 200 });
    const field = record({ name: name.map((word) => `x-${word}`), value });
    await assert(
      asyncProperty(array(field, { maxLength: 20 }), async (list) => {
        fields = Object.fromEntries(list.map((one) => [one.name, one.value]));
        const stream = get(connection);
        await stream.until(() => stream.end, soon);
        const { date, ...got } = Object.fromEntries(stream.head ?? []);
        expect(got).toEqual({ ...streamHead, ':status': '200', ...fields });
        expect(date).toMatch(/GMT$/);
      }),
      { numRuns: 60 },
    );
  });

  test('a header section larger than a frame comes in pieces', async () => {
    const long = 'abc~'.repeat(12_000);
    const server = await serverFor(
      (stream) => {
        stream.respond({ ...streamHead, 'x-long': long });
        stream.end();
      },
      { maxSendHeaderBlockLength: 100_000 },
    );
    const stream = get(await connectionTo(server));
    await stream.until(() => stream.end, soon);
    expect(Object.fromEntries(stream.head ?? [])['x-long']).toBe(long);
  });

  test('interim responses, events, trailers and the end are told apart', async () => {
    const server = await serverFor((stream) => {
      stream.additionalHeaders({ ':status': 103, link: '</style.css>' });
      stream.respond(streamHead, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'x-events': '1' }));
      stream.end('id: 7\ndata: one\n\n');
    });
    const stream = get(await connectionTo(server));
    expect(await stream.until(() => stream.end, soon)).toEqual({ kind: 'complete' });
    expect(stream.sections.map((fields) => fields[0])).toEqual([
      [':status', '103'],
      [':status', '200'],
      ['x-events', '1'],
    ]);
    expect(stream.isEventStream).toBe(true);
    expect(stream.arrivals).toMatchObject([{ data: 'one', lastEventId: '7' }]);
  });

  test('a reset tells its code, and the connection goes on', async () => {
    const server = await serverFor((stream) => {
      stream.respond(streamHead);
      stream.write('data: one\n\n', () => stream.destroy(new Error('broken')));
    });
    const connection = await connectionTo(server);
    const stream = get(connection);
    expect(await stream.until(() => stream.end, soon)).toMatchObject({ kind: 'reset' });
    expect([stream.resetCode, stream.complete]).toEqual(['INTERNAL_ERROR', false]);
    expect(connection.end).toBeUndefined();
  });

  test('the limit of streams and the shutdown are seen', async () => {
    const server = await serverFor(
      (stream, session) => {
        stream.respond(streamHead);
        session.close();
        stream.end();
      },
      { settings: { maxConcurrentStreams: 17 } },
    );
    const connection = await connectionTo(server);
    expect(connection.maxConcurrentStreams).toBe(17);
    get(connection);
    expect(await connection.until(() => connection.end, soon)).toEqual({ kind: 'fin' });
    expect(connection.session.goAway).toEqual({ lastStreamId: 1, code: 'NO_ERROR' });
  });

  test('a stream that is starved gets what its credit allows, and all once it is fed', async () => {
    const server = await serverFor((stream) => {
      stream.respond(streamHead);
      stream.write(`data: ${'x'.repeat(50_000)}\n\n`);
    });
    const connection = await connectionTo(server, { initialWindowBytes: 1000 });
    const [starved, fed] = [get(connection), get(connection)];
    starved.starve();
    fed.feed(100_000);
    await fed.until(() => (fed.dispatched === 1 ? true : undefined), soon);
    expect([fed.bodyBytes, starved.bodyBytes, starved.creditBytes]).toEqual([50_008, 1000, 0]);
    starved.feed(100_000);
    await starved.until(() => (starved.dispatched === 1 ? true : undefined), soon);
    expect(starved.bodyBytes).toBe(50_008);
  });

  test('a stream that is cancelled is closed there, and the others go on', async () => {
    const closed: (number | undefined)[] = [];
    const streams: ServerHttp2Stream[] = [];
    const server = await serverFor((stream) => {
      streams.push(stream);
      stream.respond(streamHead);
      stream.on('close', () => closed.push(stream.rstCode));
    });
    const connection = await connectionTo(server);
    const [one, other] = [get(connection), get(connection)];
    await connection.until(() => (one.head && other.head ? true : undefined), soon);
    one.cancel();
    await expect.poll(() => closed).toEqual([8]);
    streams[1]?.write('data: on\n\n');
    await other.until(() => (other.dispatched === 1 ? true : undefined), soon);
    expect(one.end).toEqual({ kind: 'closed-here' });
  });

  test('pings are answered', async () => {
    const server = await serverFor((stream, session) => {
      stream.respond(streamHead);
      session.ping((error) => stream.end(`data: ${error ? 'no' : 'pong'}\n\n`));
    });
    const stream = get(await connectionTo(server));
    await stream.until(() => stream.end, soon);
    expect(stream.arrivals).toMatchObject([{ data: 'pong' }]);
  });

  test('a body larger than a frame arrives whole', async () => {
    const server = await serverFor((stream) => {
      let bytes = 0;
      stream.on('data', (part: Buffer) => {
        bytes += part.length;
      });
      stream.on('end', () => {
        stream.respond(streamHead);
        stream.end(`data: ${bytes}\n\n`);
      });
    });
    const connection = await connectionTo(server);
    const fields = [
      [':method', 'POST'],
      [':scheme', 'http'],
      [':authority', connection.url.host],
      [':path', '/'],
    ] as const;
    const stream = connection.open(fields, 'x'.repeat(40_000));
    await stream.until(() => stream.end, soon);
    expect(stream.arrivals).toMatchObject([{ data: '40000' }]);
  });
});

describe('who speaks no HTTP/2', () => {
  test.each([
    ['HTTP/1.1', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', 'malformed'],
    ['nothing', '', 'fin'],
  ])('and answers with %s', async (_, answer, kind) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end(answer));
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const connection = await connectionTo(server);
    expect(connection.end?.kind).toBe(kind);
    expect(get(connection).end?.kind).toBe(kind);
  });
});
