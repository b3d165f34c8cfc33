import { WireInspector } from '@ssert/conformance';
import { createParser, type ServerSentEvent } from '@ssert/protocol';
import { createParser as createThirdPartyParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chunksOf } from '../protocol/testing/arbitraries/chunking.ts';
import { streamBytes } from '../protocol/testing/arbitraries/stream.ts';

/**
 * The judge's inspector and our parser were written apart, each from the standard. Neither may learn from the other, so
 * a fault would have to be made twice, in the same place, to pass here; a third party's parser makes that three times.
 */

interface Dispatched {
  readonly type: string;
  readonly data: string;
}

const inspected = (chunks: readonly Uint8Array[]): { events: Dispatched[]; lastEventId: string } => {
  const events: Dispatched[] = [];
  const inspector = new WireInspector({
    onBlock: ({ dispatched, type, data }) => {
      if (dispatched) events.push({ type, data });
    },
  });
  for (const chunk of chunks) inspector.push(chunk);
  inspector.end('provoked');
  return { events, lastEventId: inspector.lastEventId };
};

const parsed = (chunks: readonly Uint8Array[]): { events: Dispatched[]; lastEventId: string } => {
  const events: Dispatched[] = [];
  const parser = createParser({ onEvent: ({ type, data }: ServerSentEvent) => events.push({ type, data }) });
  for (const chunk of chunks) parser.feed(chunk);
  return { events, lastEventId: parser.lastEventId };
};

const parsedElsewhere = (chunks: readonly Uint8Array[]): Dispatched[] => {
  const events: Dispatched[] = [];
  const parser = createThirdPartyParser({
    onEvent: ({ event, data }: EventSourceMessage) => events.push({ type: event ?? 'message', data }),
  });
  const decoder = new TextDecoder();
  for (const chunk of chunks) {
    // An empty first chunk makes it take the byte order mark for data.
    const text = decoder.decode(chunk, { stream: true });
    if (text !== '') parser.feed(text);
  }
  return events;
};

const streamInChunks = streamBytes.chain((bytes) => chunksOf(bytes));

test('inspector and parser dispatch the same events from the same bytes, however cut', () => {
  fc.assert(
    fc.property(streamInChunks, (chunks) => {
      expect(inspected(chunks)).toEqual(parsed(chunks));
    }),
    { numRuns: 500 },
  );
});

test("the inspector and a third party's parser dispatch the same events", () => {
  fc.assert(
    fc.property(streamInChunks, (chunks) => {
      const start = Buffer.concat(chunks).toString('latin1');
      // Its two known slips with byte order marks are kept as examples beside our own parser.
      fc.pre(
        !start.startsWith('\u00ef\u00bb\u00bf') &&
          !Buffer.concat(chunks).toString('utf8').startsWith('\u00ef\u00bb\u00bf'),
      );
      expect(inspected(chunks).events).toEqual(parsedElsewhere(chunks));
    }),
    { numRuns: 500 },
  );
});
