import { assert, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeHeaderBlock } from './hpack.ts';
import {
  encodeFrame,
  encodeNumber,
  encodeSettings,
  type Frame,
  FrameReader,
  frameFlags,
  frameTypes,
  joinBytes,
} from './http2-frames.ts';
import { Http2Session } from './http2-session.ts';

const { endHeaders, endStream, padded, priority } = frameFlags;
const hello = encodeFrame(frameTypes.settings, 0, 0, encodeSettings([[3, 250]]));
const head = encodeHeaderBlock([[':status', '200']]);
const empty = new Uint8Array(0);

/** A session with one request, and a log of what came of it. */
function session() {
  const log: string[] = [];
  const sent: Frame[] = [];
  const reader = new FrameReader(
    (frame) => sent.push(frame),
    () => undefined,
  );
  const one = new Http2Session({ write: (bytes) => reader.push(bytes) });
  const stream = one.open([[':method', 'GET']], undefined, {
    onFields: (fields) => log.push(fields.map((field) => field.join(' ')).join()),
    onData: (data) => log.push(new TextDecoder().decode(data)),
    onEnd: () => log.push('end'),
    onReset: (code) => log.push(`reset ${code}`),
  });
  return { one, stream, log, sent };
}

/** What a legal server may send all at once. */
const oddButLegal = joinBytes(
  hello,
  encodeFrame(frameTypes.settings, frameFlags.ack, 0, empty),
  encodeFrame(frameTypes.ping, 0, 0, new Uint8Array(8)),
  encodeFrame(0xfa, 0xff, 1, Uint8Array.of(1, 2, 3)),
  encodeFrame(
    frameTypes.headers,
    priority | padded,
    1,
    joinBytes(Uint8Array.of(2), new Uint8Array(5), head.subarray(0, 3), new Uint8Array(2)),
  ),
  encodeFrame(frameTypes.continuation, 0, 1, empty),
  encodeFrame(frameTypes.continuation, endHeaders, 1, head.subarray(3)),
  encodeFrame(frameTypes.priority, 0, 1, new Uint8Array(5)),
  encodeFrame(frameTypes.windowUpdate, 0, 0, encodeNumber(1)),
  encodeFrame(
    frameTypes.data,
    padded,
    1,
    joinBytes(Uint8Array.of(3), new TextEncoder().encode('data: a'), new Uint8Array(3)),
  ),
  encodeFrame(frameTypes.data, 0, 1, empty),
  encodeFrame(frameTypes.headers, endHeaders | endStream, 1, encodeHeaderBlock([['x-trailer', 'yes']])),
  encodeFrame(frameTypes.resetStream, 0, 1, encodeNumber(0)),
  encodeFrame(frameTypes.goAway, 0, 0, joinBytes(encodeNumber(1), encodeNumber(0), Uint8Array.of(1))),
);

test('padding, priority, continuation, trailers and unknown frames are read, however the bytes are cut', () => {
  assert(
    property(integer({ min: 1, max: oddButLegal.length }), (size) => {
      const { one, stream, log, sent } = session();
      for (let at = 0; at < oddButLegal.length; at += size) one.receive(oddButLegal.slice(at, at + size));
      expect(one.malformed).toBeUndefined();
      expect(log).toEqual([':status 200', 'data: a', 'x-trailer yes', 'end', 'reset NO_ERROR']);
      expect(one.settings?.get(3)).toBe(250);
      expect(one.goAway).toEqual({ lastStreamId: 1, code: 'NO_ERROR' });
      // Padding uses credit too, and is given back.
      expect(stream.creditBytes).toBe(65_535);
      const kinds = sent.map(({ type, flags }) => `${type}/${flags}`);
      expect(kinds).toContain(`${frameTypes.settings}/${frameFlags.ack}`);
      expect(kinds).toContain(`${frameTypes.ping}/${frameFlags.ack}`);
    }),
  );
});

test('what the peer sends on a stream that was cancelled is passed over, its fields remembered', () => {
  const { one, stream, log } = session();
  stream.cancel();
  // A literal that is remembered, and one that refers to it.
  const remembered = Uint8Array.of(0x40, 1, 0x61, 1, 0x62);
  one.receive(joinBytes(hello, encodeFrame(frameTypes.headers, endHeaders, 1, remembered)));
  const next: string[] = [];
  const onFields = (fields: readonly (readonly [string, string])[]) => next.push(fields.join(';'));
  const ignore = (): void => undefined;
  one.open([[':method', 'GET']], undefined, { onFields, onData: ignore, onEnd: ignore, onReset: ignore });
  one.receive(encodeFrame(frameTypes.headers, endHeaders, 3, Uint8Array.of(0xbe)));
  expect([log, next]).toEqual([[], ['a,b']]);
});

describe('what breaks RFC 9113 is told, and nothing is read behind it', () => {
  test.each([
    ['the first frame is not SETTINGS', encodeFrame(frameTypes.ping, 0, 0, new Uint8Array(8))],
    [
      'a header section is interrupted by another frame',
      joinBytes(hello, encodeFrame(frameTypes.headers, 0, 1, head), encodeFrame(frameTypes.data, 0, 1, empty)),
    ],
    ['a CONTINUATION frame continues nothing', joinBytes(hello, encodeFrame(frameTypes.continuation, 4, 1, head))],
    [
      'the padding of a frame is longer than the frame',
      joinBytes(hello, encodeFrame(frameTypes.data, padded, 1, Uint8Array.of(9, 1))),
    ],
    [
      'a push was promised though SETTINGS_ENABLE_PUSH is 0',
      joinBytes(hello, encodeFrame(frameTypes.pushPromise, 4, 1, encodeNumber(2))),
    ],
    [
      'a frame of 16385 bytes is larger than SETTINGS_MAX_FRAME_SIZE',
      joinBytes(hello, encodeFrame(frameTypes.data, 0, 1, new Uint8Array(16_385))),
    ],
    ['index 70 names no field', joinBytes(hello, encodeFrame(frameTypes.headers, endHeaders, 1, Uint8Array.of(0xc6)))],
  ])('%s', (message, bytes) => {
    const { one, log } = session();
    one.receive(joinBytes(bytes, encodeFrame(frameTypes.data, 0, 1, Uint8Array.of(65))));
    expect([one.malformed, log]).toEqual([message, []]);
  });
});
