import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createSecureServer, type ServerHttp2Session } from 'node:http2';
import type { Server as NetServer, Socket } from 'node:net';
import type { ServerSettings } from '../settings.ts';
import type { TlsFiles } from './tls-files.ts';

/** The head of a request at most, in bytes; beyond it is 431. */
export const maxHeaderBytes: number = 16 * 1024;

/** How long a connection may be idle between requests. */
const keepAliveMs = 72_000;

/** Streams that one HTTP/2 connection may have open at once. */
const streamsPerSession = 100;

/** What accepts connections and reads requests: HTTP/1.1, or HTTP/2 and HTTP/1.1 over TLS. */
export interface Listener {
  /** For Fastify. Over TLS what is made has the same events and methods, as far as they are used here. */
  readonly serverFactory: (handler: RequestListener) => Server;
  /** Takes no more connections. Those that are idle are closed; HTTP/2 is told to open no more streams. */
  readonly stop: () => void;
}

export function listenerFor({ headerMs }: Pick<ServerSettings, 'headerMs'>, tls: TlsFiles | undefined): Listener {
  let stop = (): void => undefined;
  const options: ServerOptions = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: headerMs,
    connectionsCheckingInterval: Math.ceil(headerMs / 4),
    // For the request to arrive, which a stream's has.
    requestTimeout: 30_000,
    keepAliveTimeout: keepAliveMs,
    // A stalled stream holds this much beside its queue.
    highWaterMark: 16 * 1024,
  };
  const serverFactory = (handler: RequestListener): Server => {
    if (tls === undefined) {
      const server = createServer(options, handler);
      stop = () => void server.close();
      return server;
    }
    const server = createSecureServer({
      ...options,
      ...tls,
      allowHTTP1: true,
      handshakeTimeout: headerMs,
      unknownProtocolTimeout: headerMs,
      settings: { maxConcurrentStreams: streamsPerSession, maxHeaderListSize: maxHeaderBytes },
      // A client that goes on sending what is refused is sent away; nghttp2 does so with one that resets streams in masses.
      maxSessionInvalidFrames: 100,
      maxSessionRejectedStreams: 100,
    });
    server.on('request', handler as never);
    const sessions = new Set<ServerHttp2Session>();
    server.on('session', (session) => {
      sessions.add(session);
      session.on('close', () => sessions.delete(session));
      endWhenIdle(session, headerMs);
    });
    stop = () => {
      server.close();
      // Before Node 24 the server itself does not.
      for (const session of sessions) session.close();
    };
    return server as NetServer as Server;
  };
  return { serverFactory, stop: () => stop() };
}

/** Ends a session that opens no stream in time; whatever else it sends does not count. */
function endWhenIdle(session: ServerHttp2Session, firstMs: number): void {
  let open = 0;
  let timer = endAfter(firstMs);
  function endAfter(delayMs: number): NodeJS.Timeout {
    return setTimeout(() => session.close(), delayMs).unref();
  }
  session.on('stream', (stream) => {
    clearTimeout(timer);
    open += 1;
    stream.on('close', () => {
      open -= 1;
      if (open === 0 && !session.closed) timer = endAfter(keepAliveMs);
    });
  });
  session.on('close', () => clearTimeout(timer));
}

const answerOf: Readonly<Record<string, readonly [string, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request took too long'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', `the head is larger than ${maxHeaderBytes} bytes`],
};

/** Answers what is no request, and closes its connection. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // Node's own record of the response in progress, as its default handler uses it: nothing may break into one.
  const { _httpMessage: response } = socket as Socket & { _httpMessage?: { headersSent: boolean } };
  if (socket.writable && !response?.headersSent && !error.code?.startsWith('ERR_SSL')) {
    const [status, message] = answerOf[error.code ?? ''] ?? ['400 Bad Request', 'this is no HTTP request'];
    socket.write(refusal(status, message));
  }
  socket.destroy();
}

/** A whole response, for a connection that ends with it. */
export function refusal(status: string, message: string): string {
  const body = JSON.stringify({ error: message });
  const fields = `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}`;
  return `HTTP/1.1 ${status}\r\n${fields}\r\nConnection: close\r\n\r\n${body}`;
}

/** What a client gets that says nothing, or not enough, in time. */
export const tooSlow: string = refusal('408 Request Timeout', 'the request took too long');
