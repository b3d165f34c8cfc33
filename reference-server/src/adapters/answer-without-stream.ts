import type { StreamSource } from '../feed.ts';
import { comeBackIn, streamHeaders } from '../http/stream-head.ts';

/** A response that is no stream. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, or a stream that is over. */
  readonly body?: string;
}

/** What a request gets that opens no stream; undefined where it is to open one. */
export function answerWithoutStream(feed: StreamSource, method: string | undefined): PlainAnswer | undefined {
  if (method === 'HEAD') return { status: 200, headers: streamHeaders };
  if (method !== 'GET') return refusal(405, { Allow: 'GET, HEAD' }, 'this path takes GET and HEAD');
  if (feed.isClosed) return { status: 200, headers: streamHeaders, body: comeBackIn(feed.retryAfterSeconds()) };
  if (!feed.isFull) return undefined;
  return refusal(503, { 'Retry-After': String(feed.retryAfterSeconds()) }, 'too many streams are open');
}

function refusal(status: number, headers: Readonly<Record<string, string>>, error: string): PlainAnswer {
  const json = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' };
  return { status, headers: { ...json, ...headers }, body: JSON.stringify({ error }) };
}
