import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunksOf } from '../testing/arbitraries/chunking.ts';
import { lineText } from '../testing/arbitraries/field.ts';
import { outgoingEvent } from '../testing/arbitraries/outgoing-event.ts';
import { streamBytes } from '../testing/arbitraries/stream.ts';
import { recordingParser } from '../testing/recording-parser.ts';
import { type Happening, readStream } from '../testing/reference-reader.ts';
import { encodeComment, encodeEvent } from './encode.ts';

const cutStream = streamBytes.chain((bytes) => fc.tuple(fc.constant(bytes), chunksOf(bytes)));

test('whatever the stream and its chunks, the parser gives what a literal reading of the standard gives', () => {
  fc.assert(
    fc.property(cutStream, ([bytes, chunks]) => {
      const { parser, happenings } = recordingParser();
      for (const chunk of chunks) parser.feed(chunk);
      const expected = readStream(bytes);
      expect(happenings).toEqual(expected.happenings);
      expect(parser.lastEventId).toBe(expected.lastEventId);
    }),
    { numRuns: 500 },
  );
});

test('after every chunk, all that the stream so far completes has been called back for', () => {
  fc.assert(
    fc.property(cutStream, ([bytes, chunks]) => {
      const { parser, happenings } = recordingParser();
      let fedBytes = 0;
      for (const chunk of chunks.slice(0, 40)) {
        parser.feed(chunk);
        fedBytes += chunk.length;
        expect(happenings).toEqual(readStream(bytes.subarray(0, fedBytes)).happenings);
      }
    }),
  );
});

test('whatever is encoded is parsed again, with LF for every line end in data', () => {
  const sent = fc.array(fc.oneof(outgoingEvent, lineText));
  fc.assert(
    fc.property(sent, fc.infiniteStream(fc.integer({ min: 1, max: 400 })), (sent, sizes) => {
      const stream = sent.map((what) => (typeof what === 'string' ? encodeComment(what) : encodeEvent(what))).join('');
      const expected: Happening[] = [];
      let lastEventId = '';
      for (const what of sent) {
        if (typeof what === 'string') {
          expected.push({ kind: 'comment', text: what });
          continue;
        }
        if (what.retry !== undefined) expected.push({ kind: 'retry', reconnectionTimeMs: what.retry });
        lastEventId = what.id ?? lastEventId;
        const data = what.data.replace(/\r\n?/g, '\n');
        expected.push({ kind: 'event', event: { type: what.event || 'message', data, lastEventId } });
      }
      const { parser, happenings } = recordingParser();
      const bytes = new TextEncoder().encode(stream);
      for (let at = 0; at < bytes.length; ) {
        const { value: size } = sizes.next();
        parser.feed(bytes.subarray(at, at + size));
        at += size;
      }
      expect(happenings).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test('the chunks do not decide what a limit lets through', () => {
  const limits = fc.record({
    maxLineLength: fc.integer({ min: 1, max: 40 }),
    maxDataLength: fc.integer({ min: 1, max: 40 }),
  });
  const feedAll = (chunks: Uint8Array[], settings: { maxLineLength: number; maxDataLength: number }): unknown => {
    const { parser, happenings } = recordingParser(settings);
    try {
      for (const chunk of chunks) parser.feed(chunk);
      // Ends the last line: until then, small chunks of it may not have been looked at.
      parser.feed(Uint8Array.of(10));
      return { happenings };
    } catch (error) {
      return { happenings, error };
    }
  };
  fc.assert(
    fc.property(cutStream, limits, ([bytes, chunks], limits) => {
      const cut = feedAll(chunks, limits);
      const whole = feedAll([bytes], limits);
      expect(cut).toEqual(whole);
    }),
    { numRuns: 500 },
  );
});
