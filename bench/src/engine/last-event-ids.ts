/** The longest id that can be sent back as Last-Event-ID; of a longer one nothing is kept. */
export const longestId = 64;

const none = 255;
/** Longer than can be kept, or with U+0000 in it, which makes a client ignore it. */
const tooLong = longestId + 1;
const ignored = longestId + 2;

/** The last event IDs of many streams, as bytes: of the line that is read, of the event that is read, and of the stream. */
export class LastEventIds {
  readonly #streams: number;
  readonly #line: Uint8Array;
  readonly #pending: Uint8Array;
  readonly #last: Uint8Array;
  readonly #lineLength: Uint8Array;
  readonly #pendingLength: Uint8Array;
  readonly #lastLength: Uint8Array;

  /** @param streams 0 where nobody will come back: then nothing is kept */
  constructor(streams: number) {
    this.#streams = streams;
    this.#line = new Uint8Array(streams * longestId);
    this.#pending = new Uint8Array(streams * longestId);
    this.#last = new Uint8Array(streams * longestId);
    this.#lineLength = new Uint8Array(streams);
    this.#pendingLength = new Uint8Array(streams).fill(none);
    this.#lastLength = new Uint8Array(streams);
  }

  beginLine(stream: number): void {
    this.#lineLength[stream] = 0;
  }

  byte(stream: number, byte: number): void {
    if (this.#streams === 0) return;
    const length = this.#lineLength[stream] ?? 0;
    if (byte === 0) this.#lineLength[stream] = ignored;
    if (byte === 0 || length >= tooLong) return;
    if (length < longestId) this.#line[stream * longestId + length] = byte;
    this.#lineLength[stream] = length + 1;
  }

  endLine(stream: number): void {
    const length = this.#lineLength[stream] ?? 0;
    if (this.#streams === 0 || length === ignored) return;
    copy(this.#line, this.#pending, stream);
    this.#pendingLength[stream] = length;
  }

  /** The event's id becomes the stream's. */
  dispatch(stream: number): void {
    const length = this.#pendingLength[stream] ?? none;
    if (this.#streams === 0 || length === none) return;
    copy(this.#pending, this.#last, stream);
    this.#lastLength[stream] = length === tooLong ? 0 : length;
  }

  /** The event that was being read does not count. */
  forgetPending(stream: number): void {
    this.#pendingLength[stream] = none;
  }

  forget(stream: number): void {
    this.#lastLength[stream] = 0;
  }

  /** Empty where there is none. */
  of(stream: number): Uint8Array {
    const from = stream * longestId;
    return this.#last.subarray(from, from + (this.#lastLength[stream] ?? 0));
  }
}

function copy(from: Uint8Array, to: Uint8Array, stream: number): void {
  const at = stream * longestId;
  for (let index = at; index < at + longestId; index += 1) to[index] = from[index] ?? 0;
}
