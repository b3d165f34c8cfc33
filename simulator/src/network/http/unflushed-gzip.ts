import { once } from 'node:events';
import { Transform } from 'node:stream';
import { createGzip, type Gzip } from 'node:zlib';
import {
  fieldOf,
  type MessageHead,
  type MessagePart,
  MessageReader,
  requestBodyLength,
  responseBodyLength,
  statusOf,
} from './message-reader.ts';

interface Asked {
  readonly method: string;
  readonly takesGzip: boolean;
}

/**
 * The two ways of a connection through a proxy that compresses text and flushes nothing before its buffer is full, so
 * that an event waits for those behind it. What is compressed already, or not asked for, passes unchanged.
 * @param fired told of each response that gets compressed
 */
export function unflushedGzip(fired: () => void): { readonly up: Transform; readonly down: Transform } {
  const asked: Asked[] = [];
  const requests = new MessageReader(requestBodyLength);
  const up = new Transform({
    transform: (bytes, _, done) => {
      for (const part of requests.push(bytes)) if (part.kind === 'head') asked.push(askedBy(part.head));
      done(null, bytes);
    },
  });
  return { up, down: compressedWay(asked, fired) };
}

function askedBy(head: MessageHead): Asked {
  return {
    method: head.startLine.split(' ', 1)[0] ?? '',
    takesGzip:
      / HTTP\/1\.1$/.test(head.startLine) &&
      /\bgzip\b(?!\s*;\s*q=0(\.0*)?(,|\s|$))/i.test(fieldOf(head, 'accept-encoding') ?? ''),
  };
}

function compressedWay(asked: Asked[], fired: () => void): Transform {
  const responses = new MessageReader((head) => responseBodyLength(head, asked[0]?.method ?? 'GET'));
  let gzip: Gzip | undefined;
  /** Of a message that passes unchanged, whether its body is written in chunks. */
  let chunked = false;
  const way = new Transform({
    transform: (bytes, _, done) => void passAll(responses.push(bytes)).then(() => done(), done),
    flush: (done) => void passAll(responses.end()).then(() => done(), done),
  });
  way.on('close', () => gzip?.destroy());

  const passAll = async (parts: readonly MessagePart[]): Promise<void> => {
    for (const part of merged(parts)) await pass(part);
  };
  const pass = async (part: MessagePart): Promise<void> => {
    switch (part.kind) {
      case 'head':
        return begin(part.head);
      case 'body':
        if (gzip) return written(gzip, part.bytes);
        way.push(chunked ? chunkOf(part.bytes) : part.bytes);
        return;
      case 'end':
        if (gzip) {
          gzip.end();
          await once(gzip, 'end');
        }
        if (gzip || chunked) way.push('0\r\n\r\n');
        gzip = undefined;
        chunked = false;
        return;
      case 'lost':
        way.push(part.bytes);
    }
  };
  const begin = (head: MessageHead): void => {
    const interim = statusOf(head) < 200 && statusOf(head) !== 101;
    const [request] = interim ? asked : asked.splice(0, 1);
    const length = responseBodyLength(head, request?.method ?? 'GET');
    const compress = request?.takesGzip === true && length !== 0 && isPlainText(head);
    chunked = length === 'chunked' && !compress;
    way.push(textOf(compress ? compressedHead(head) : head));
    if (!compress) return;
    fired();
    gzip = createGzip();
    gzip.on('data', (bytes: Buffer) => way.push(chunkOf(bytes)));
  };
  return way;
}

/** Bodies that follow one another as one: the compressor takes a thread's time for each. */
function merged(parts: readonly MessagePart[]): MessagePart[] {
  const all: MessagePart[] = [];
  let bodies: Buffer[] = [];
  const finishBody = (): void => {
    if (bodies.length > 0) all.push({ kind: 'body', bytes: Buffer.concat(bodies) });
    bodies = [];
  };
  for (const part of parts) {
    if (part.kind === 'body') bodies.push(part.bytes);
    else {
      finishBody();
      all.push(part);
    }
  }
  finishBody();
  return all;
}

function isPlainText(head: MessageHead): boolean {
  const type = fieldOf(head, 'content-type') ?? '';
  return (
    statusOf(head) === 200 &&
    /^(text\/|application\/(json|javascript))/i.test(type) &&
    fieldOf(head, 'content-encoding') === undefined
  );
}

/** The head of what is compressed on the way (RFC 9110 8.4, 8.8.3.3: it is another representation, so its tag goes). */
function compressedHead({ fields }: MessageHead): MessageHead {
  const kept = fields.filter(([name]) => !/^(content-length|transfer-encoding|etag|accept-ranges)$/i.test(name));
  const added = [
    ['Content-Encoding', 'gzip'],
    ['Transfer-Encoding', 'chunked'],
    ['Vary', 'Accept-Encoding'],
  ] as const;
  return { startLine: 'HTTP/1.1 200 OK', fields: [...kept, ...added] };
}

function textOf({ startLine, fields }: MessageHead): Buffer {
  const lines = [startLine, ...fields.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function chunkOf(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

function written(gzip: Gzip, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => gzip.write(bytes, (error) => (error ? reject(error) : resolve())));
}
