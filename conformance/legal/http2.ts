import { endingInGzip } from '../defects/http2.ts';
import { block, forget, frame, frameType, type Http2Peer, sendPending, uint32 } from '../defects/plain-http2-server.ts';
import { endingStreams, type PlainServer } from '../defects/plain-server.ts';
import type { LegalVariant } from './not-accused.ts';

const passes = ['http2/no-connection-fields', 'http2/reset-ends-one', 'http2/starved-stream', 'http2/hundred-streams'];

/** A frame's content with four bytes of padding. */
function withPadding(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([4]), content, Buffer.alloc(4)]);
}

/** Connections on which nothing goes out for a while, and who had one of them. */
const heldUpUntilMs = new WeakMap<Http2Peer, number>();
const hadOne = new WeakSet<PlainServer>();

/** Servers that use what HTTP/2 allows and few servers do. */
export const legalHttp2: readonly LegalVariant[] = [
  { name: 'does nothing odd', behaviour: {}, http2: {}, passes },
  {
    name: 'names no limit of streams, and settings that nobody knows',
    behaviour: {},
    http2: { settings: [[0x0a, 1]], maxStreams: 1000 },
    passes,
  },
  {
    name: 'pads its frames, cuts its header sections and weighs its streams',
    behaviour: {},
    http2: {
      head: (id, bytes) =>
        Buffer.concat([
          frame(frameType.headers, 0x28, id, withPadding(Buffer.concat([Buffer.alloc(5), bytes.subarray(0, 7)]))),
          frame(frameType.continuation, 0, id),
          frame(frameType.continuation, 4, id, bytes.subarray(7)),
          frame(frameType.priority, 0, id, Buffer.alloc(5)),
        ]),
      data: (id, bytes) => frame(frameType.data, 8, id, withPadding(bytes)),
    },
    passes,
  },
  {
    name: 'sends early hints, pings, empty DATA and frames of an unknown type',
    behaviour: {},
    http2: {
      prelude: (id) =>
        Buffer.concat([
          frame(
            frameType.headers,
            4,
            id,
            block([
              [':status', '103'],
              ['link', '</style.css>'],
            ]),
          ),
          frame(frameType.ping, 0, 0, Buffer.alloc(8)),
          frame(0xfa, 0xff, id, Buffer.alloc(5)),
          frame(frameType.window, 0, 0, uint32(65_535)),
        ]),
      data: (id, bytes) => Buffer.concat([frame(frameType.data, 0, id), frame(frameType.data, 0, id, bytes)]),
    },
    passes: passes.filter((rule) => rule !== 'http2/starved-stream'),
  },
  {
    name: 'is held up for some seconds right after streams were reset, once',
    behaviour: {},
    http2: {
      reset: (stream, server) => {
        if (stream.peer.streams.size === 10 && !hadOne.has(server)) {
          hadOne.add(server);
          heldUpUntilMs.set(stream.peer, performance.now() + 5000);
        }
        forget(stream, server);
      },
      flush: (stream, behaviour) => {
        const leftMs = (heldUpUntilMs.get(stream.peer) ?? 0) - performance.now();
        if (leftMs > 0) setTimeout(() => sendPending(stream, behaviour), leftMs);
        else sendPending(stream, behaviour);
      },
    },
  },
  {
    name: 'ends its streams with trailers, and then asks the client to send no more',
    behaviour: {},
    http2: {
      lifetimeMs: 1500,
      end: ({ id, peer }) =>
        void peer.socket.write(
          Buffer.concat([
            frame(frameType.headers, 5, id, block([['x-events', '3']])),
            frame(frameType.reset, 0, id, uint32(0)),
          ]),
        ),
    },
    target: { lifetime: 1500 },
    passes: ['http2/end-of-stream'],
  },
  {
    name: 'ends its streams when asked to, with an empty frame, and the connection with GOAWAY a moment later',
    behaviour: { answer: endingStreams('') },
    http2: {
      end: ({ id, peer }) => {
        peer.socket.write(frame(frameType.data, 1, id));
        if (peer.streams.size > 1) return;
        setTimeout(() => peer.socket.end(frame(frameType.goAway, 0, 0, Buffer.concat([uint32(id), uint32(0)]))), 50);
      },
    },
    target: (url) => ({ endStream: `${url}/end` }),
    passes: ['http2/end-of-stream'],
  },
  {
    name: 'ends its streams by themselves, compressed ones with a last gzip member',
    ...endingInGzip(),
    target: { lifetime: 1500 },
    passes: ['http2/end-of-stream'],
  },
];
