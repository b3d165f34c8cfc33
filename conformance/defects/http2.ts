import { gzipSync } from 'node:zlib';
import { gzipMembers } from './compressing.ts';
import type { Defect } from './judge-defect.ts';
import {
  forget,
  frame,
  frameType,
  type Http2Behaviour,
  type Http2Subscriber,
  sendPending,
  uint32,
} from './plain-http2-server.ts';
import { endingStreams } from './plain-server.ts';

function withField(name: string, value: string): NonNullable<Defect['http2']> {
  return { fields: (fields) => [...fields, [name, value]] };
}

/** Whether a stream has bytes that wait for credit. */
function isStuck({ pending, credit }: Http2Subscriber): boolean {
  return pending.length > 0 && credit <= 0;
}

function othersOf({ id, peer }: Http2Subscriber): Http2Subscriber[] {
  return [...peer.streams.values()].filter((one) => one.id !== id);
}

/** Who takes gzip gets a member for each write, and one behind the last. @param spoil changes the last one */
export function endingInGzip(
  spoil: (member: Buffer) => Buffer = (member) => member,
): Pick<Defect, 'behaviour'> & { readonly http2: Partial<Http2Behaviour> } {
  const takesGzip = (fields: ReadonlyMap<string, string>): boolean => fields.get('accept-encoding') === 'gzip';
  return {
    behaviour: gzipMembers(),
    http2: {
      lifetimeMs: 1500,
      fields: (fields, request) => (takesGzip(request) ? [...fields, ['content-encoding', 'gzip']] : fields),
      end: ({ id, peer, plain }) => {
        const last = takesGzip(plain.request.fields) ? spoil(gzipSync(': the end\n\n')) : Buffer.alloc(0);
        peer.socket.write(frame(frameType.data, 1, id, last));
      },
    },
  };
}

export const http2Defects: readonly Defect[] = [
  {
    name: 'says Connection: keep-alive',
    behaviour: {},
    http2: withField('connection', 'keep-alive'),
    breaks: 'http2/no-connection-fields',
  },
  {
    name: 'says Transfer-Encoding: chunked, with a capital letter',
    behaviour: {},
    http2: withField('Transfer-Encoding', 'chunked'),
    breaks: 'http2/no-connection-fields',
  },
  {
    name: 'does not notice that a stream is reset',
    behaviour: {},
    http2: { reset: () => undefined },
    breaks: 'http2/reset-ends-one',
  },
  {
    name: 'ends the neighbours of a stream that is reset',
    behaviour: {},
    http2: {
      reset: (stream, server) => {
        for (const other of othersOf(stream)) {
          stream.peer.socket.write(frame(frameType.reset, 0, other.id, uint32(8)));
          forget(other, server);
        }
        forget(stream, server);
      },
    },
    breaks: 'http2/reset-ends-one',
  },
  {
    name: 'closes the connection of a stream that is reset',
    behaviour: {},
    http2: { reset: ({ peer }) => void peer.socket.destroy() },
    breaks: 'http2/reset-ends-one',
  },
  {
    name: 'no longer delivers to the neighbour of a stream that is reset',
    behaviour: {},
    http2: {
      reset: (stream, server) => {
        const [other] = othersOf(stream);
        if (other) server.streams.delete(other.plain);
        forget(stream, server);
      },
    },
    breaks: 'http2/reset-ends-one',
  },
  {
    name: 'answers no request on a connection on which a stream was reset',
    behaviour: {},
    http2: {
      prelude: (id) => (id > 2 * 10 ? frame(frameType.reset, 0, id, uint32(2)) : Buffer.alloc(0)),
    },
    breaks: 'http2/reset-ends-one',
    alsoBreaks: ['http2/hundred-streams'],
  },
  {
    name: 'has one queue for all streams of a connection',
    behaviour: {},
    http2: {
      flush: (stream, behaviour) => {
        if (!othersOf(stream).some(isStuck)) sendPending(stream, behaviour);
      },
    },
    breaks: 'http2/starved-stream',
  },
  {
    name: 'looks only now and then whether it can go on, while a stream is stuck',
    behaviour: {},
    http2: {
      flush: (stream, behaviour) => {
        if (!othersOf(stream).some(isStuck)) sendPending(stream, behaviour);
        else setTimeout(() => sendPending(stream, behaviour), 1200 - (performance.now() % 1200));
      },
    },
    breaks: 'http2/starved-stream',
  },
  {
    name: 'resets every stream of a connection when one is stuck',
    behaviour: {},
    http2: {
      flush: (stream, behaviour) => {
        sendPending(stream, behaviour);
        if (isStuck(stream)) stream.peer.socket.destroy();
      },
    },
    breaks: 'http2/starved-stream',
  },
  {
    name: 'allows 32 streams on a connection',
    behaviour: {},
    http2: { settings: [[3, 32]], maxStreams: 32 },
    breaks: 'http2/hundred-streams',
  },
  {
    name: 'resets a stream whose time is over',
    behaviour: {},
    http2: {
      lifetimeMs: 1500,
      end: ({ id, peer }) => void peer.socket.write(frame(frameType.reset, 0, id, uint32(2))),
    },
    target: { lifetime: 1500 },
    breaks: 'http2/end-of-stream',
  },
  {
    name: 'closes the connection of a stream whose time is over',
    behaviour: {},
    http2: { lifetimeMs: 1500, end: ({ peer }) => void peer.socket.end() },
    target: { lifetime: 1500 },
    breaks: 'http2/end-of-stream',
  },
  {
    name: 'resets its streams when it is asked to end them',
    behaviour: { answer: endingStreams('') },
    http2: { end: ({ id, peer }) => void peer.socket.write(frame(frameType.reset, 0, id, uint32(2))) },
    target: (url) => ({ endStream: `${url}/end` }),
    breaks: 'http2/end-of-stream',
  },
  {
    name: 'ends a compressed stream with a checksum that is wrong',
    ...endingInGzip((member) => member.fill(0, member.length - 8, member.length - 4)),
    target: { lifetime: 1500 },
    breaks: 'http2/end-of-stream',
    verdict: 'warn',
  },
  {
    name: 'refuses the 65th stream without having said so',
    behaviour: {},
    http2: { settings: [], maxStreams: 64 },
    breaks: 'http2/hundred-streams',
  },
];
