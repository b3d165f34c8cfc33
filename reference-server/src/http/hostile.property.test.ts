import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RawClient } from '../../testing/raw-client.ts';
import { health, runningServer } from '../../testing/running-server.ts';

/** Bytes as the characters of the same numbers: any, and often those that end a line, a header or an id. */
const bytes = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) },
      { weight: 1, arbitrary: fc.constantFrom('\r\n', '\n', '\r', '\0', '\n\n', ': ', 'id: x\n', 'data: x\n\n') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('%00', '%0a', '%0d%0a', '%', '%zz', '%ff', '&', '=', '#', '?', '+', '"'),
      },
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

/** In a request line a space or a line end only makes it another request. */
const query = bytes.map((text) => text.replaceAll(/[\s\0]/g, ''));

const ownFields =
  /^(content-type|cache-control|x-accel-buffering|vary|access-control-expose-headers|connection|transfer-encoding|date|content-length|keep-alive): [\x20-\x7e]*$/i;
const ownChunk = /^[0-9a-f]+\r\n(: open\n|event: (connected|reset)\ndata: \{"status":"(connected|reset)"\}\n\n)+\r\n/;

test('no Last-Event-ID and no query breaks a header, a line of the stream or the process', async () => {
  const server = await runningServer({ maxStreams: 10_000 });
  const request = fc.record({
    path: fc.constantFrom('/events', '/usage/stream'),
    name: fc.constantFrom('', 'lastEventId=', 'hours=', 'lastEventId=a&lastEventId='),
    query,
    id: bytes,
    unknown: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ path, name, query, id, unknown }) => {
      const lines = [`GET ${path}?${name}${query} HTTP/1.1`, 'Host: a', `Last-Event-ID: ${id}`];
      const client = await RawClient.send(server.port, ...lines, ...(unknown ? ['X-Unknown: 1'] : []));
      await expect.poll(() => client.closed || client.received.includes('\r\n\r\n'), { interval: 5 }).toBe(true);
      // A line end in the id may end the request, and what stands behind it be none: that cuts the connection.
      if (client.received === '') {
        expect(id).toMatch(/[\r\n]/);
        return;
      }
      const end = client.received.indexOf('\r\n\r\n');
      const [status = '', ...fields] = client.received.slice(0, end).split('\r\n');
      expect(status).toMatch(/^HTTP\/1\.1 (200|400) /);
      for (const field of fields) expect(field).toMatch(ownFields);
      if (status.includes('200')) {
        await expect.poll(() => client.closed || client.received.includes(': open\n\r\n'), { interval: 5 }).toBe(true);
        let body = client.received.slice(end + 4);
        // A second response can stand behind the first only where the id ended the request and began another.
        while (ownChunk.test(body)) body = body.replace(ownChunk, '');
        expect(body.startsWith('HTTP/1.1 ') || ownChunkBegins(body)).toBe(true);
      } else {
        await client.has('"}');
        expect(client.received.slice(end + 4)).toMatch(/^\{"error":"[^\n]*"\}/);
      }
      client.socket.destroy();
    }),
    { numRuns: 200 },
  );
  expect(await health(server)).toMatchObject({ status: 'ok', errorCount: expect.any(Number) });
}, 60_000);

/** A chunk of which only a part is here yet. */
function ownChunkBegins(text: string): boolean {
  return /^([0-9a-f]+(\r(\n[^\r]*\r?)?)?)?$/.test(text);
}
