import { connect, type Socket, type TcpNetConnectOpts } from 'node:net';
import { checkServerIdentity, createSecureContext, type SecureContext, connect as tlsConnect } from 'node:tls';
import { BodyScanner } from './body-scanner.ts';
import type { Closing, ReceiverPlan } from './receiver-plan.ts';
import { readHead } from './response-head.ts';
import { sourceAddress } from './source-addresses.ts';
import type { Wire, WireEvents } from './wire.ts';
import { requestHeads, withLastEventId } from './wire-request.ts';

/** A head larger than this is none. */
const largestHead = 65_536;

/** A socket that knows its stream, so that one set of listeners serves all. */
type StreamSocket = Socket & { stream: number; wire: Http1Wire };

/** One buffer for all sockets of a thread: what was read is looked through before the next read. */
const shared = Buffer.allocUnsafeSlow(65_536);

/** Streams over HTTP/1.1, with or without TLS: a raw socket each. */
export class Http1Wire implements Wire {
  readonly events: WireEvents;
  readonly #plan: ReceiverPlan;
  readonly #url: URL;
  readonly #heads: readonly Buffer[];
  readonly #secure: SecureContext | undefined;
  readonly #sockets: (StreamSocket | undefined)[] = [];
  /** Of a response that comes in several reads. */
  readonly #partialHead = new Map<number, Buffer>();
  readonly #silent = new Set<Socket>();
  readonly #inBody: Uint8Array;
  readonly #body: BodyScanner;

  constructor(plan: ReceiverPlan, events: WireEvents) {
    const streams = plan.streams.length;
    this.events = events;
    this.#plan = plan;
    this.#url = new URL(plan.request.url.replaceAll('{channel}', 'x'));
    this.#heads = requestHeads(plan.request, plan.topics);
    const { ca } = plan.request;
    // One for all: each holds the certificates that it trusts.
    this.#secure = this.#url.protocol === 'https:' ? createSecureContext(ca === undefined ? {} : { ca }) : undefined;
    this.#inBody = new Uint8Array(streams);
    this.#body = new BodyScanner(streams, (stream, bytes, from, to) => events.content(stream, bytes, from, to));
  }

  open(stream: number, lastEventId: Uint8Array): void {
    const planned = this.#plan.streams[stream];
    if (!planned) return;
    this.#inBody[stream] = 0;
    this.#partialHead.delete(stream);
    const { hostname, port } = this.#url;
    const host = hostname.replace(/^\[|\]$/g, '');
    const secure = this.#secure;
    const localAddress = sourceAddress(host, planned.number);
    const where = {
      host: planned.networkPort === undefined ? host : '127.0.0.1',
      port: planned.networkPort ?? (Number(port) || (secure ? 443 : 80)),
      ...(localAddress === undefined ? {} : { localAddress }),
      noDelay: true,
    };
    const socket = (
      secure
        ? tlsConnect({
            ...where,
            secureContext: secure,
            servername: /^[\d.:]+$/.test(host) ? '' : host,
            // Behind a network as well the certificate has to be the server's.
            checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
          })
        : connect({ ...where, onread: { buffer: shared, callback: onRead } } as TcpNetConnectOpts)
    ) as StreamSocket;
    socket.stream = stream;
    socket.wire = this;
    const head = withLastEventId(this.#heads[planned.topic] as Buffer, lastEventId);
    socket.once(secure ? 'secureConnect' : 'connect', onConnect);
    if (secure) socket.on('data', onData);
    socket.on('error', onError);
    socket.once('end', onEnd);
    socket.once('close', onClose);
    socket.write(head);
    this.#sockets[stream] = socket;
  }

  close(stream: number, how: Closing | 'silence'): void {
    const socket = this.#sockets[stream];
    this.#sockets[stream] = undefined;
    this.#partialHead.delete(stream);
    if (how === 'silence') {
      if (socket) this.#silent.add(socket.pause());
      return;
    }
    // The request is written behind whoever hears that the connection stands.
    if (how === 'in-head' && socket?.connecting === false) socket.destroySoon();
    // Node resets no connection that has TLS on it.
    else if (how === 'rst' && !this.#secure) socket?.resetAndDestroy();
    else socket?.destroy();
  }

  resume(stream: number): void {
    this.#sockets[stream]?.resume();
  }

  letGo(): void {
    for (const socket of this.#silent) socket.destroy();
  }

  /** @returns false where the socket is to stop reading */
  take(stream: number, socket: Socket, bytes: Buffer, length: number): boolean {
    if (this.#sockets[stream] !== socket) return false;
    let from = 0;
    if (this.#inBody[stream] === 0) {
      const earlier = this.#partialHead.get(stream);
      const all = earlier ? Buffer.concat([earlier, bytes.subarray(0, length)]) : bytes.subarray(0, length);
      const head = readHead(all);
      if (!head) {
        if (all.length > largestHead) this.#sockets[stream]?.destroy();
        else this.#partialHead.set(stream, Buffer.from(all));
        return true;
      }
      this.#partialHead.delete(stream);
      this.#inBody[stream] = 1;
      this.#body.begin(stream, head.framing, head.length);
      from = head.end - (earlier?.length ?? 0);
      const ok = head.status === 200 && head.eventStream;
      this.events.head(stream, ok);
      if (!ok) {
        this.#sockets[stream]?.destroy();
        return true;
      }
    }
    if (from < length && this.#body.feed(stream, bytes, from, length) !== 'open') this.#sockets[stream]?.destroy();
    return this.events.read(stream, length);
  }

  /** The socket stands. */
  stands(stream: number, socket: Socket): void {
    if (this.#sockets[stream] === socket) this.events.connected(stream);
  }

  /** The socket is closed, and not by `close`. */
  gone(stream: number, socket: Socket): void {
    this.#silent.delete(socket);
    if (this.#sockets[stream] !== socket) return;
    this.#sockets[stream] = undefined;
    this.#partialHead.delete(stream);
    this.events.closed(stream);
  }
}

function onRead(this: StreamSocket, length: number, bytes: Uint8Array): boolean {
  return this.wire.take(this.stream, this, bytes as Buffer, length);
}

function onData(this: StreamSocket, bytes: Buffer): void {
  if (!this.wire.take(this.stream, this, bytes, bytes.length)) this.pause();
}

function onConnect(this: StreamSocket): void {
  this.wire.stands(this.stream, this);
}

function onError(): void {
  // The close that follows is what counts.
}

function onEnd(this: StreamSocket): void {
  this.destroy();
}

function onClose(this: StreamSocket): void {
  this.wire.gone(this.stream, this);
}
