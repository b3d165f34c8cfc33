import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { StreamEnd } from '../channel.ts';
import type { Feed } from '../feed.ts';
import { setHeaders, streamResponse, varyWith } from '../http/stream-response.ts';
import type { Subscriber } from '../subscriber.ts';
import { answerWithoutStream } from './answer-without-stream.ts';
import type { StreamOptions } from './stream-options.ts';

/** Beside what every stream may have. */
export interface NodeStreamOptions extends StreamOptions {
  /** Beside those that a stream needs and those that are set on the response already. */
  readonly headers?: OutgoingHttpHeaders | undefined;
  /** Compresses with gzip where the client takes it. Default false. */
  readonly compress?: boolean | undefined;
}

/**
 * Answers a GET with a stream of the feed, and what cannot have one without: HEAD with the headers alone, other methods
 * with 405, and with 503 where the feed is full. For `node:http` and `node:http2`, and Express, whose objects are
 * those of `node:http`.
 */
export function openStream(
  feed: Feed,
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  { headers = {}, ...options }: NodeStreamOptions = {},
): void {
  setHeaders(response, headers);
  const answer = answerWithoutStream(feed, request.method);
  if (answer === undefined) {
    stream(feed, request, response, options);
  } else {
    setHeaders(response, answer.headers);
    (response as ServerResponse).writeHead(answer.status).end(answer.body);
  }
}

/** Opens the stream; headers beside its own are set on the response already. */
export function stream(
  feed: Feed,
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
  { compress = false, signal, ...options }: Omit<NodeStreamOptions, 'headers'>,
): void {
  const vary = compress ? { Vary: varyWith(response.getHeader('vary'), 'Accept-Encoding') } : {};
  const subscribe = (end: StreamEnd): Subscriber => feed.subscribe(end, signal);
  streamResponse(request, response, { ...options, headers: vary, compress, subscribe });
}
