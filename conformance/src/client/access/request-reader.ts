/** A request as it came over the wire. */
export interface WireRequest {
  readonly method: string;
  readonly target: string;
  /** The whole head, its bytes as characters up to U+00FF. */
  readonly head: string;
  /** Header fields in their order: names in lower case, the bytes of values as characters up to U+00FF. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array;
}

/** Every value of a header field, in order. */
export function valuesOf({ fields }: Pick<WireRequest, 'fields'>, name: string): string[] {
  return fields.filter(([one]) => one === name).map(([, value]) => value);
}

/** Reads requests off one connection, one after the other; a body needs a Content-Length or comes in chunks. */
export class RequestReader {
  #pending: Buffer = Buffer.alloc(0);
  readonly #onRequest: (request: WireRequest) => void;

  constructor(onRequest: (request: WireRequest) => void) {
    this.#onRequest = onRequest;
  }

  push(chunk: Uint8Array): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    for (let request = this.#take(); request; request = this.#take()) this.#onRequest(request);
  }

  #take(): WireRequest | undefined {
    const end = this.#pending.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const head = this.#pending.toString('latin1', 0, end);
    const [requestLine = '', ...lines] = head.split('\r\n');
    const [method = '', target = ''] = requestLine.split(' ');
    const fields = lines.map((line): [string, string] => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')];
    });
    const rest = this.#pending.subarray(end + 4);
    const [coding] = valuesOf({ fields }, 'transfer-encoding');
    const [length = '0'] = valuesOf({ fields }, 'content-length');
    const body = coding === 'chunked' ? chunkedBody(rest) : bodyOfLength(rest, Number(length));
    if (!body) return undefined;
    this.#pending = rest.subarray(body.wireBytes);
    return { method, target, head, fields, body: body.bytes };
  }
}

interface Body {
  readonly bytes: Uint8Array;
  /** Its length on the wire, framing included. */
  readonly wireBytes: number;
}

function bodyOfLength(rest: Buffer, length: number): Body | undefined {
  return rest.length < length ? undefined : { bytes: rest.subarray(0, length), wireBytes: length };
}

function chunkedBody(rest: Buffer): Body | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (rest.length < next) return undefined;
    if (!(size > 0)) return { bytes: Buffer.concat(chunks), wireBytes: next };
    chunks.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
