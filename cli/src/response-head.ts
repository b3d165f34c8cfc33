const maxHeadBytes = 65_536;
const statusLine = Buffer.from('HTTP/');

/** Takes the response heads off the front of a recording that `curl -i` made. */
export class ResponseHeadSkipper {
  /** Bytes taken off so far. */
  skippedBytes = 0;
  #pending: Buffer = Buffer.alloc(0);
  #inBody = false;

  /** @returns what of the bytes so far belongs to the body and was not given before */
  push(chunk: Uint8Array): Uint8Array {
    if (this.#inBody) return chunk;
    this.#pending = Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const begins = this.#pending.subarray(0, statusLine.length);
      if (!begins.equals(statusLine.subarray(0, begins.length))) return this.end();
      if (begins.length < statusLine.length) return new Uint8Array(0);
      const end = endOfHead(this.#pending);
      if (end === undefined) return this.#pending.length > maxHeadBytes ? this.end() : new Uint8Array(0);
      // Another head may follow: that of a redirect's target, or the final one after 100 Continue.
      this.skippedBytes += end;
      this.#pending = this.#pending.subarray(end);
    }
  }

  /** @returns what was held back because it could have become a head */
  end(): Uint8Array {
    this.#inBody = true;
    const body = this.#pending;
    this.#pending = Buffer.alloc(0);
    return body;
  }
}

/** The index after the blank line. */
function endOfHead(bytes: Buffer): number | undefined {
  const crlf = bytes.indexOf('\r\n\r\n');
  const lf = bytes.indexOf('\n\n');
  if (crlf < 0 && lf < 0) return undefined;
  return lf < 0 || (crlf >= 0 && crlf < lf) ? crlf + 4 : lf + 2;
}
