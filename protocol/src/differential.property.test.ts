import { createParser as createOtherParser } from 'eventsource-parser';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunksOf } from '../testing/arbitraries/chunking.ts';
import { streamBytes } from '../testing/arbitraries/stream.ts';
import { recordingParser } from '../testing/recording-parser.ts';
import type { Happening } from '../testing/reference-reader.ts';

function ours(chunks: Uint8Array[]): Happening[] {
  const { parser, happenings } = recordingParser();
  for (const chunk of chunks) parser.feed(chunk);
  return happenings;
}

/**
 * What eventsource-parser gives, in our terms: it leaves out the default event type, and its events carry the `id` field
 * of their block, while `onId` tells the last event ID. It leaves decoding to its caller.
 */
function others(chunks: Uint8Array[], decoder = new TextDecoder('utf-8', { ignoreBOM: true })): Happening[] {
  const happenings: Happening[] = [];
  let lastEventId = '';
  const parser = createOtherParser({
    onEvent: ({ event = 'message', data }) => {
      happenings.push({ kind: 'event', event: { type: event, data, lastEventId } });
    },
    onComment: (text) => happenings.push({ kind: 'comment', text }),
    onRetry: (reconnectionTimeMs) => happenings.push({ kind: 'retry', reconnectionTimeMs }),
    onId: (id) => {
      lastEventId = id;
    },
  });
  for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }));
  return happenings;
}

/** Without what the two are known to see differently; each is shown in an example below. */
function withoutDifferences(happening: Happening): Happening {
  if (happening.kind === 'comment') return { ...happening, text: happening.text.replace(/^ +/, '') };
  if (happening.kind === 'retry') {
    return { ...happening, reconnectionTimeMs: Math.min(happening.reconnectionTimeMs, Number.MAX_SAFE_INTEGER) };
  }
  return happening;
}

test('eventsource-parser gives the same for any stream in any chunks', () => {
  fc.assert(
    fc.property(streamBytes.chain(chunksOf), (chunks) => {
      expect(ours(chunks).map(withoutDifferences)).toEqual(others(chunks).map(withoutDifferences));
    }),
    { numRuns: 500 },
  );
});

describe('but for', () => {
  const bytes = (text: string): Uint8Array[] => [new TextEncoder().encode(text)];
  const a: Happening = { kind: 'event', event: { type: 'message', data: 'a', lastEventId: '' } };

  test('the space that begins a comment: the grammar makes it part of the comment', () => {
    expect(ours(bytes(': c\n'))).toEqual([{ kind: 'comment', text: ' c' }]);
    expect(others(bytes(': c\n'))).toEqual([{ kind: 'comment', text: 'c' }]);
  });

  test('a second byte order mark, if the decoder took the first: the standard has one dropped', () => {
    const stream = bytes('\uFEFF\uFEFFdata: a\n\n');
    expect(ours(stream)).toEqual([]);
    expect(others(stream, new TextDecoder())).toEqual([a]);
  });

  test('U+00EF U+00BB U+00BF at the start: three characters, and no byte order mark', () => {
    const stream = bytes('ï»¿data: a\n\n');
    expect(ours(stream)).toEqual([]);
    expect(others(stream)).toEqual([a]);
  });

  test('a retry beyond 2^53: any number is right, but a timer wants a finite one', () => {
    const stream = bytes(`retry: ${'9'.repeat(400)}\n`);
    expect(ours(stream)).toEqual([{ kind: 'retry', reconnectionTimeMs: Number.MAX_SAFE_INTEGER }]);
    expect(others(stream)).toEqual([{ kind: 'retry', reconnectionTimeMs: Number.POSITIVE_INFINITY }]);
  });
});
