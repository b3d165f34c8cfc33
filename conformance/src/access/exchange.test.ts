import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { constants, createGzip, gzipSync } from 'node:zlib';
import { systemClock } from '@ssert/protocol/system';
import { afterEach, describe, expect, test } from 'vitest';
import { Exchange, type ExchangeOptions, mediaType } from './exchange.ts';
import { wireRequest } from './wire-request.ts';

const open: (Server | Socket | Exchange)[] = [];
afterEach(() => {
  for (const one of open.splice(0)) {
    if (one instanceof Exchange || 'listen' in one) one.close();
    else one.destroy();
  }
});

/** A server that hands each connection over once its request is in. */
async function serve(answer: (socket: Socket) => void): Promise<URL> {
  const server = createServer((socket) => {
    open.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => answer(socket));
  });
  open.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return new URL(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/s`);
}

function get(url: URL, options: Partial<ExchangeOptions> = {}): Exchange {
  const exchange = new Exchange(wireRequest(url, 'GET', {}), { clock: systemClock, ...options });
  open.push(exchange);
  return exchange;
}

const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n';

describe('how it ends', () => {
  test('complete, where the response says where it ends', async () => {
    const url = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    const exchange = get(url);
    expect(await exchange.endWithin(5000)).toEqual({ kind: 'complete' });
    expect(exchange.bodyText).toBe('ok');
  });

  test('fin, where the server closes', async () => {
    const exchange = get(await serve((socket) => socket.end(head)));
    expect(await exchange.endWithin(5000)).toEqual({ kind: 'fin' });
    expect(exchange.endedCleanly).toBe(true);
  });

  test('too early, where the server closes before the last chunk', async () => {
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    const exchange = get(await serve((socket) => socket.end(chunked)));
    expect(await exchange.endWithin(5000)).toEqual({ kind: 'fin' });
    expect(exchange.endedCleanly).toBe(false);
  });

  test('reset, where the server aborts', async () => {
    const exchange = get(await serve((socket) => socket.write(head, () => socket.resetAndDestroy())));
    expect((await exchange.endWithin(5000))?.kind).toBe('reset');
  });

  test('malformed, where it is no HTTP', async () => {
    const exchange = get(await serve((socket) => socket.write('SSH-2.0-server\r\n\r\n')));
    expect((await exchange.endWithin(5000))?.kind).toBe('malformed');
  });

  test.each(['SSH-2.0-server\r\n', '220 mail.example ESMTP ready\r\n', 'RFB 003.008\n'])(
    'malformed at once, where it greets with %j and waits',
    async (greeting) => {
      const exchange = get(await serve((socket) => socket.write(greeting)));
      expect((await exchange.endWithin(2000))?.kind).toBe('malformed');
    },
  );

  test('unreachable, where nothing listens', async () => {
    const url = await serve(() => undefined);
    await new Promise<void>((resolve) => {
      (open.shift() as Server).close(() => resolve());
    });
    expect(await get(url).endWithin(5000)).toMatchObject({ kind: 'unreachable', code: 'ECONNREFUSED' });
  });

  test('closed here, and the server sees it go', async () => {
    let gone = false;
    const url = await serve((socket) => {
      socket.write(head);
      socket.on('close', () => {
        gone = true;
      });
    });
    const exchange = get(url);
    await exchange.headWithin(5000);
    exchange.close('reset');
    expect(exchange.end).toEqual({ kind: 'closed-here' });
    await expect.poll(() => gone).toBe(true);
  });
});

test('events are there as they come, with their moments in order', async () => {
  const url = await serve((socket) => socket.write(`${head}data: a\n\ndata: b\n\n`));
  const exchange = get(url);
  await exchange.until(() => (exchange.dispatched === 2 ? true : undefined), 5000);
  expect(exchange.arrivals.map(({ data }) => data)).toEqual(['a', 'b']);
  expect(exchange.headAtMs).toBeLessThanOrEqual(exchange.arrivals[1]?.atMs ?? 0);
});

describe('what comes behind a complete response', () => {
  const empty = 'HTTP/1.1 204 No Content\r\n\r\n';

  test('is counted where it came along', async () => {
    const exchange = get(await serve((socket) => socket.write(`${empty}0\r\n\r\n`)));
    await exchange.endWithin(5000);
    expect([exchange.end?.kind, exchange.surplusBytes]).toEqual(['complete', 5]);
  });

  test('is waited for by one that lingers, until it is closed', async () => {
    let gone = false;
    const url = await serve((socket) => {
      socket.write(empty);
      socket.on('close', () => {
        gone = true;
      });
    });
    const exchange = get(url, { lingers: true });
    await exchange.endWithin(5000);
    const peer = open.find((one): one is Socket => 'remotePort' in one);
    peer?.write('late');
    expect(await exchange.until(() => (exchange.surplusBytes > 0 ? exchange.surplusBytes : undefined), 5000)).toBe(4);
    expect(gone).toBe(false);
    exchange.close();
    await expect.poll(() => gone).toBe(true);
  });
});

test('a part of the request is held back until it is wanted', async () => {
  const came: string[] = [];
  const url = await serve((socket) => socket.on('data', (bytes) => came.push(bytes.toString())));
  const wanted = Promise.withResolvers<void>();
  const exchange = get(url, { holdBack: { afterBytes: 5, until: wanted.promise } });
  await expect.poll(() => exchange.sentBytes).toBe(5);
  wanted.resolve();
  await expect.poll(() => came.join('')).toBe(`s HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
});

test('only as many arrivals are kept as asked, and all are counted', async () => {
  const url = await serve((socket) => socket.write(head + 'data: x\n\n'.repeat(50)));
  const exchange = get(url, { keepArrivals: 3, keepBodyBytes: 10 });
  await exchange.until(() => (exchange.dispatched === 50 ? true : undefined), 5000);
  expect([exchange.arrivals.length, exchange.blocks.length, exchange.bodyText.length]).toEqual([3, 3, 10]);
});

test('a content coding that nobody asked for is taken off', async () => {
  const body = gzipSync('data: zipped\n\n');
  const url = await serve((socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n');
    socket.write(body);
  });
  const exchange = get(url);
  expect(await exchange.until(() => exchange.arrivals[0]?.data, 5000)).toBe('zipped');
});

describe('a coded body that ends', () => {
  const fields = 'Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n';
  /** Compressed in two pieces, the second with the last event's blank line and the end of the coding. */
  async function inTwoPieces(): Promise<[Buffer, Buffer]> {
    const gzip = createGzip();
    const parts: Buffer[] = [];
    gzip.on('data', (part: Buffer) => parts.push(part));
    gzip.write('data: a\n\ndata: b\n');
    await new Promise<void>((resolve) => {
      gzip.flush(constants.Z_SYNC_FLUSH, resolve);
    });
    const first = Buffer.concat(parts.splice(0));
    gzip.end('\ndata: c\n\n');
    await once(gzip, 'end');
    return [first, Buffer.concat(parts)];
  }
  const chunk = (bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

  test('is decoded to its last byte before it counts as ended', async () => {
    const [first, second] = await inTwoPieces();
    const url = await serve((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${fields}Transfer-Encoding: chunked\r\n\r\n`);
      socket.write(chunk(first));
      setImmediate(() => socket.write(Buffer.concat([chunk(second), Buffer.from('0\r\n\r\n')])));
    });
    let dispatchedAtEnd: number | undefined;
    const exchange = get(url, {
      onEnd: ({ dispatched }) => {
        dispatchedAtEnd = dispatched;
      },
    });
    expect(await exchange.endWithin(5000)).toEqual({ kind: 'complete' });
    expect(exchange.arrivals.map(({ data }) => data)).toEqual(['a', 'b', 'c']);
    expect(exchange.violations).toEqual([]);
    expect(dispatchedAtEnd).toBe(3);
  });

  test('is decoded to its last byte where the connection ends it', async () => {
    const url = await serve(async (socket) => {
      socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${fields}\r\n`), ...(await inTwoPieces())]));
    });
    const exchange = get(url);
    expect(await exchange.endWithin(5000)).toEqual({ kind: 'fin' });
    expect(exchange.arrivals.map(({ data }) => data)).toEqual(['a', 'b', 'c']);
  });

  test('ends although it is no such coding', async () => {
    const url = await serve((socket) =>
      socket.write(`HTTP/1.1 200 OK\r\n${fields}Content-Length: 13\r\n\r\ndata: plain\n\n`),
    );
    const exchange = get(url);
    expect(await exchange.endWithin(5000)).toEqual({ kind: 'complete' });
    expect(exchange.arrivals).toEqual([]);
  });
});

test('waiting gives up after its time and leaves nothing behind', async () => {
  const exchange = get(await serve(() => undefined));
  expect(await exchange.headWithin(10)).toBeUndefined();
  expect(exchange.end).toBeUndefined();
});

test('a media type is compared without case and parameters', () => {
  const fields = [['content-type', 'Text/Event-Stream; charset=utf-8']] as const;
  expect(mediaType({ httpVersion: '1.1', status: 200, reason: '', fields, text: '' })).toBe('text/event-stream');
});
