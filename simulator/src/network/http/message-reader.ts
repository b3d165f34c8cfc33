/** The head of a request or a response. */
export interface MessageHead {
  readonly startLine: string;
  /** As they came, in order; names compare without case. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** What a connection carries, in order; `lost` is what cannot be read as HTTP/1.1 and everything behind it. */
export type MessagePart =
  | { readonly kind: 'head'; readonly head: MessageHead }
  | { readonly kind: 'body'; readonly bytes: Buffer }
  | { readonly kind: 'end' }
  | { readonly kind: 'lost'; readonly bytes: Buffer };

/** How the body behind a head ends (RFC 9112 6.3); `tunnel`: what follows is no HTTP any more. */
export type BodyLength = number | 'chunked' | 'until-close' | 'tunnel';

type State = 'head' | 'body' | 'chunk-size' | 'chunk-end' | 'trailer' | 'until-close' | 'lost';

const longestHeadBytes = 65_536;
const endOfLine = '\r\n';

/** Reads the messages of one way of an HTTP/1.1 connection as its bytes come in, cut anywhere. */
export class MessageReader {
  readonly #bodyLength: (head: MessageHead) => BodyLength;
  #state: State = 'head';
  #waiting: Buffer = Buffer.alloc(0);
  #left = 0;

  /** @param bodyLength asked once for each head */
  constructor(bodyLength: (head: MessageHead) => BodyLength) {
    this.#bodyLength = bodyLength;
  }

  push(bytes: Uint8Array): MessagePart[] {
    this.#waiting = Buffer.concat([this.#waiting, bytes]);
    const parts: MessagePart[] = [];
    while (this.#waiting.length > 0) {
      const part = this.#next();
      if (part === undefined) break;
      parts.push(...part);
    }
    return parts;
  }

  /** The connection has ended. */
  end(): MessagePart[] {
    if (this.#state === 'until-close') return [{ kind: 'end' }];
    const bytes = this.#take(this.#waiting.length);
    return bytes.length > 0 ? [{ kind: 'lost', bytes }] : [];
  }

  /** @returns what stands next, or undefined while more bytes are needed for it */
  #next(): MessagePart[] | undefined {
    switch (this.#state) {
      case 'head':
        return this.#readHead();
      case 'body': {
        const bytes = this.#take(this.#left);
        this.#left -= bytes.length;
        return this.#left === 0 ? [{ kind: 'body', bytes }, ...this.#finish()] : [{ kind: 'body', bytes }];
      }
      case 'chunk-size':
        return this.#readChunkSize();
      case 'chunk-end': {
        if (this.#left > 0) {
          const bytes = this.#take(this.#left);
          this.#left -= bytes.length;
          return [{ kind: 'body', bytes }];
        }
        return this.#line(() => this.#go('chunk-size'));
      }
      case 'trailer':
        return this.#line((line) => (line === '' ? this.#finish() : []));
      case 'until-close':
        return [{ kind: 'body', bytes: this.#take(this.#waiting.length) }];
      case 'lost':
        return [{ kind: 'lost', bytes: this.#take(this.#waiting.length) }];
    }
  }

  #readHead(): MessagePart[] | undefined {
    const length = this.#waiting.indexOf(endOfLine + endOfLine);
    if (length === -1) return this.#waiting.length > longestHeadBytes ? this.#go('lost') : undefined;
    const [startLine = '', ...lines] = this.#waiting.toString('latin1', 0, length).split(endOfLine);
    if (!/^HTTP\/1\.[01] \d{3}| HTTP\/1\.[01]$/.test(startLine)) return this.#go('lost');
    this.#take(length + 2 * endOfLine.length);
    const fields = lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
    const head: MessageHead = { startLine, fields };
    const body = this.#bodyLength(head);
    const part: MessagePart = { kind: 'head', head };
    if (body === 0) return [part, { kind: 'end' }];
    if (body === 'chunked') this.#state = 'chunk-size';
    else if (body === 'until-close') this.#state = 'until-close';
    else if (body === 'tunnel') this.#state = 'lost';
    else {
      this.#state = 'body';
      this.#left = body;
    }
    return [part];
  }

  #readChunkSize(): MessagePart[] | undefined {
    return this.#line((line) => {
      const size = /^[0-9a-f]{1,12}(?=\s*(;|$))/i.exec(line)?.[0];
      // The end of the line is gone already; nothing can make sense of what follows anyway.
      if (size === undefined) return this.#go('lost');
      this.#left = Number.parseInt(size, 16);
      return this.#go(this.#left === 0 ? 'trailer' : 'chunk-end');
    });
  }

  #line(read: (line: string) => MessagePart[]): MessagePart[] | undefined {
    const length = this.#waiting.indexOf(endOfLine);
    if (length === -1) return this.#waiting.length > longestHeadBytes ? this.#go('lost') : undefined;
    return read(this.#take(length + endOfLine.length).toString('latin1', 0, length));
  }

  #finish(): MessagePart[] {
    this.#state = 'head';
    return [{ kind: 'end' }];
  }

  #go(state: State): MessagePart[] {
    this.#state = state;
    return [];
  }

  #take(count: number): Buffer {
    const bytes = this.#waiting.subarray(0, count);
    this.#waiting = this.#waiting.subarray(count);
    return bytes;
  }
}

/** The value of a field, its lines joined (RFC 9110 5.3); undefined where there is none. */
export function fieldOf({ fields }: MessageHead, name: string): string | undefined {
  const values = fields.filter(([own]) => own.toLowerCase() === name).map(([, value]) => value);
  return values.length > 0 ? values.join(', ') : undefined;
}

/** How long the body of a request is (RFC 9112 6.3). */
export function requestBodyLength(head: MessageHead): BodyLength {
  if (/^CONNECT /.test(head.startLine) || fieldOf(head, 'upgrade') !== undefined) return 'tunnel';
  return framedLength(head) ?? 0;
}

/** How long the body of a response to a request by `method` is (RFC 9112 6.3). */
export function responseBodyLength(head: MessageHead, method: string): BodyLength {
  const status = statusOf(head);
  if (status === 101) return 'tunnel';
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 0;
  return framedLength(head) ?? 'until-close';
}

export function statusOf({ startLine }: MessageHead): number {
  return Number(startLine.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
}

function framedLength(head: MessageHead): number | 'chunked' | undefined {
  if (/\bchunked$/i.test(fieldOf(head, 'transfer-encoding') ?? '')) return 'chunked';
  const length = fieldOf(head, 'content-length');
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
}
