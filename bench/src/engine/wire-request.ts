import type { StreamRequest } from './receiver-plan.ts';

/**
 * The bytes of a stream request (HTTP/1.1), for each topic.
 * @param topics names that `{channel}` stands for
 */
export function requestHeads(request: StreamRequest, topics: readonly string[]): Buffer[] {
  return topics.map((topic) => {
    const url = new URL(fillChannel(request.url, topic));
    const body = request.body === undefined ? undefined : fillChannel(request.body, topic);
    const fields = {
      host: url.host,
      ...requestFields(request, topic),
      ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    };
    const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `${request.method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`;
    return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body ?? '')]);
  });
}

/** The same with the last event ID of a client that comes back. */
export function withLastEventId(head: Buffer, id: Uint8Array): Buffer {
  if (id.length === 0) return head;
  const end = head.indexOf('\r\n') + 2;
  return Buffer.concat([
    head.subarray(0, end),
    Buffer.from('Last-Event-ID: '),
    id,
    Buffer.from('\r\n'),
    head.subarray(end),
  ]);
}

/** Puts a topic's name into what speaks of `{channel}`. */
export function fillChannel(text: string, topic: string): string {
  return text.replaceAll('{channel}', encodeURIComponent(topic));
}

/** The header fields of a stream request for a topic. */
export function requestFields(request: StreamRequest, topic: string): Record<string, string> {
  const own = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), fillChannel(value, topic)]);
  return { accept: 'text/event-stream', 'cache-control': 'no-store', ...Object.fromEntries(own) };
}
