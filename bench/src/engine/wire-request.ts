import type { StreamRequest } from './receiver-plan.ts';

/**
 * The bytes of a stream request (HTTP/1.1), for each topic.
 * @param topics names that `{channel}` stands for
 */
export function requestHeads(request: StreamRequest, topics: readonly string[]): Buffer[] {
  return topics.map((topic) => {
    const { url, lines } = requestHead(request, topic);
    const body = request.body === undefined ? undefined : fillChannel(request.body, topic);
    const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
    const head = [`${request.method} ${url.pathname}${url.search} HTTP/1.1`, `Host: ${url.host}`, ...lines, ...length];
    return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body ?? '')]);
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

function requestHead(request: StreamRequest, topic: string): { url: URL; lines: string[] } {
  const own = Object.entries(request.headers).map(([name, value]) => `${name}: ${fillChannel(value, topic)}`);
  const has = (name: string): boolean => own.some((line) => line.toLowerCase().startsWith(`${name}:`));
  return {
    url: new URL(fillChannel(request.url, topic)),
    lines: [
      ...(has('accept') ? [] : ['Accept: text/event-stream']),
      ...(has('cache-control') ? [] : ['Cache-Control: no-store']),
      ...own,
    ],
  };
}
