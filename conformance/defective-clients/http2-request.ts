import { EventEmitter } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { type ClientHttp2Stream, connect } from 'node:http2';

interface Http2Request {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The certificate to trust, PEM. */
  readonly ca: string;
}

/** A request over a connection of its own with HTTP/2; it has of a request of `node:http` what the literal client uses. */
export function requestOverHttp2(url: string, { method, path, headers, ca }: Http2Request): ClientRequest {
  const session = connect(url, { ca });
  const stream = session.request({ ':method': method, ':path': path, ...headers });
  let isAnswered = false;
  const request = Object.assign(new EventEmitter(), { destroy: () => stream.destroy(), end: () => stream.end() });
  const lost = (): void => {
    if (!isAnswered) request.emit('error', new Error('no response'));
    isAnswered = true;
  };
  session.on('error', lost);
  stream.on('error', lost);
  stream.on('close', () => {
    lost();
    session.close();
  });
  stream.on('response', ({ ':status': statusCode, ...fields }) => {
    isAnswered = true;
    request.emit('response', asMessage(stream, statusCode ?? 0, fields as IncomingMessage['headers']));
  });
  return request as unknown as ClientRequest;
}

function asMessage(
  stream: ClientHttp2Stream,
  statusCode: number,
  headers: IncomingMessage['headers'],
): IncomingMessage {
  const message = Object.assign(stream, { statusCode, headers, complete: false });
  stream.on('end', () => {
    message.complete = stream.rstCode === 0;
  });
  return message as unknown as IncomingMessage;
}
