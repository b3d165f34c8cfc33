import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunksOf } from '../../../protocol/testing/arbitraries/chunking.ts';
import { streamBytes } from '../../../protocol/testing/arbitraries/stream.ts';
import { readStream } from '../../../protocol/testing/reference-reader.ts';
import { marker, type Stamp, smallestPayload, stamped } from '../audit/stamp.ts';
import { EventScanner } from './event-scanner.ts';
import { longestId } from './last-event-ids.ts';

interface Seen {
  readonly events: { stamp: Stamp | undefined; whole: boolean }[];
  comments: number;
  readonly retries: number[];
}

function scan(chunks: readonly Uint8Array[], stream = 0, streams = 1): Seen & { lastEventId: string } {
  const seen: Seen = { events: [], comments: 0, retries: [] };
  const scanner = new EventScanner(
    streams,
    {
      event: (_, stamp, whole) => void seen.events.push({ stamp: stamp && { ...stamp }, whole }),
      comment: () => {
        seen.comments += 1;
      },
      retry: (_, ms) => void seen.retries.push(ms),
    },
    { ids: true },
  );
  scanner.restart(stream);
  for (const chunk of chunks) scanner.feed(stream, chunk, 0, chunk.length);
  return { ...seen, lastEventId: new TextDecoder('utf-8', { ignoreBOM: true }).decode(scanner.lastEventId(stream)) };
}

const cutStream = streamBytes.chain((bytes) => fc.tuple(fc.constant(bytes), chunksOf(bytes)));

test('whatever the stream and its chunks, the scanner counts what a literal reading of the standard gives', () => {
  fc.assert(
    fc.property(cutStream, ([bytes, chunks]) => {
      const { happenings, lastEventId } = readStream(bytes);
      const seen = scan(chunks);
      expect(seen.events).toHaveLength(happenings.filter(({ kind }) => kind === 'event').length);
      expect(seen.comments).toBe(happenings.filter(({ kind }) => kind === 'comment').length);
      expect(seen.retries).toEqual(happenings.flatMap((one) => (one.kind === 'retry' ? [one.reconnectionTimeMs] : [])));
      // The scanner keeps bytes, so ids that are no UTF-8 or too long are left to others.
      const id = new TextEncoder().encode(lastEventId);
      if (!lastEventId.includes('\ufffd') && id.length <= longestId) expect(seen.lastEventId).toBe(lastEventId);
    }),
    { numRuns: 500 },
  );
});

const stamp = fc.record({
  run: fc.nat({ max: 0xffff_ffff }),
  topic: fc.nat({ max: 0xffff }),
  seq: fc.nat({ max: 0xffff_ffff }),
  intendedUs: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
});

test('a stamp is read however its event is wrapped and cut', () => {
  const wraps = [
    (data: string) => `data: ${data}\n\n`,
    (data: string) => `id: 1\r\nevent: x\r\ndata:${JSON.stringify({ a: [data, 1] })}\r\n\r\n`,
    (data: string) => `data: "@s@\ndata: ${data}\ndata: }\n\n`,
  ];
  const cut = fc
    .tuple(stamp, fc.integer({ min: smallestPayload, max: 2000 }), fc.constantFrom(...wraps))
    .chain(([one, bytes, wrap]) => {
      const text = new TextEncoder().encode(wrap(stamped(one, bytes)));
      return fc.tuple(fc.constant(one), fc.constant(bytes), chunksOf(text));
    });
  fc.assert(
    fc.property(cut, ([one, bytes, chunks]) => {
      expect(stamped(one, bytes)).toHaveLength(bytes);
      expect(scan(chunks, 2, 5).events).toEqual([{ stamp: one, whole: true }]);
    }),
  );
});

test('one changed byte of a stamped payload makes it corrupt, or no stamp at all', () => {
  const change = fc
    .tuple(stamp, fc.integer({ min: smallestPayload, max: 300 }))
    .chain(([one, bytes]) =>
      fc.tuple(fc.constant(stamped(one, bytes)), fc.nat({ max: bytes - 1 }), fc.integer({ min: 33, max: 126 })),
    );
  fc.assert(
    fc.property(change, ([data, at, byte]) => {
      const changed = data.slice(0, at) + String.fromCharCode(byte) + data.slice(at + 1);
      fc.pre(changed !== data);
      const [event] = scan([new TextEncoder().encode(`data: ${changed}\n\n`)]).events;
      if (at < marker.length) expect(event?.stamp).toBeUndefined();
      else expect(event?.whole).toBe(false);
    }),
  );
});

test('a stamp that another stream had before is read the same, and one that differs in a byte is not taken for it', () => {
  const twice = fc.tuple(stamp, fc.integer({ min: smallestPayload, max: 300 })).chain(([one, bytes]) => {
    const data = stamped(one, bytes);
    const at = fc.integer({ min: marker.length, max: bytes - 1 });
    const frame = new TextEncoder().encode(`data: ${data}\n\n`);
    return fc.tuple(fc.constant(one), fc.constant(frame), chunksOf(frame), at, fc.integer({ min: 33, max: 126 }));
  });
  fc.assert(
    fc.property(twice, ([one, frame, chunks, at, byte]) => {
      const seen: { stream: number; stamp: Stamp | undefined; whole: boolean }[] = [];
      const scanner = new EventScanner(
        3,
        {
          event: (stream, read, whole) => void seen.push({ stream, stamp: read && { ...read }, whole }),
          comment: () => undefined,
          retry: () => undefined,
        },
        { ids: false },
      );
      for (let stream = 0; stream < 3; stream += 1) scanner.restart(stream);
      scanner.feed(0, frame, 0, frame.length);
      for (const chunk of chunks) scanner.feed(1, chunk, 0, chunk.length);
      const changed = frame.slice();
      changed['data: '.length + at] = byte;
      scanner.feed(2, changed, 0, changed.length);
      expect(seen.slice(0, 2)).toEqual([0, 1].map((stream) => ({ stream, stamp: one, whole: true })));
      expect(seen[2]?.whole).toBe(changed.every((value, index) => value === frame[index]));
    }),
  );
});

test('an event that is cut short is corrupt', () => {
  const data = stamped({ run: 1, topic: 0, seq: 2, intendedUs: 3 }, 100);
  const { events } = scan([new TextEncoder().encode(`data: ${data.slice(0, 80)}\n\n`)]);
  expect(events).toMatchObject([{ stamp: { seq: 2 }, whole: false }]);
});
