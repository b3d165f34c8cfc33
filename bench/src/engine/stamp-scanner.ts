import { checkNext, checkStart, fieldDigits, marker, type Stamp } from '../audit/stamp.ts';

const LF = 10;
const CR = 13;
const MARK = marker.charCodeAt(0);
const markerBytes = [...marker].map((letter) => letter.charCodeAt(0));
const headDigits = fieldDigits.reduce<number>((sum, n) => sum + n, 0);
const checkDigits = 8;
/** The field that a digit of the head belongs to; behind the last digit there is one more. */
const fieldAt = Uint8Array.from([...fieldDigits.flatMap((digits, at) => Array(digits).fill(at)), fieldDigits.length]);

/** What of a stamp an event has shown so far. */
export type StampState = 'none' | 'torn' | 'whole' | 'corrupt';
const states: readonly StampState[] = ['none', 'torn', 'whole', 'corrupt'];
const NONE = 0;
const TORN = 1;
const WHOLE = 2;
const CORRUPT = 3;

/** A longer stamp is checked each time. */
const longestKnown = 65_536;

/**
 * Finds and checks the stamp in the data of an event, for many streams at once and however the data is cut. All streams of a
 * topic get the same: what is byte for byte the stamp that was checked last needs no check of its own.
 */
export class StampScanner {
  readonly #state: Uint8Array;
  readonly #markerAt: Uint8Array;
  readonly #digit: Uint8Array;
  readonly #paddingLeft: Uint32Array;
  readonly #checkDigit: Uint8Array;
  readonly #number: Float64Array;
  readonly #check: Int32Array;
  readonly #fields: Float64Array;
  /** The bytes of the stamp that was last found whole, from behind its marker to its end. */
  readonly #known: Buffer = Buffer.alloc(longestKnown);
  #knownLength = 0;
  readonly #knownFields: Float64Array = new Float64Array(fieldDigits.length);
  readonly #read: { -readonly [K in keyof Stamp]: Stamp[K] } = { run: 0, topic: 0, seq: 0, intendedUs: 0 };

  constructor(streams: number) {
    this.#state = new Uint8Array(streams);
    this.#markerAt = new Uint8Array(streams);
    this.#digit = new Uint8Array(streams);
    this.#paddingLeft = new Uint32Array(streams);
    this.#checkDigit = new Uint8Array(streams);
    this.#number = new Float64Array(streams);
    this.#check = new Int32Array(streams);
    this.#fields = new Float64Array(streams * fieldDigits.length);
  }

  /** A new event begins. */
  restart(stream: number): void {
    this.#state[stream] = NONE;
    this.#markerAt[stream] = 0;
    this.#digit[stream] = 0;
  }

  /** A new line of data begins; no stamp reaches over the end of one. */
  beginLine(stream: number): void {
    this.#markerAt[stream] = 0;
    if (this.#state[stream] === TORN) this.#state[stream] = CORRUPT;
  }

  state(stream: number): StampState {
    const state = this.#state[stream] ?? NONE;
    return states[state === TORN ? CORRUPT : state] ?? 'none';
  }

  /** What the stamp says; undefined where the event has none that can be read. Used again for the next one. */
  read(stream: number): Stamp | undefined {
    if (this.#state[stream] === NONE || this.#digit[stream] !== headDigits) return undefined;
    const from = stream * fieldDigits.length;
    this.#read.run = this.#fields[from] ?? 0;
    this.#read.topic = this.#fields[from + 1] ?? 0;
    this.#read.seq = this.#fields[from + 2] ?? 0;
    this.#read.intendedUs = this.#fields[from + 3] ?? 0;
    return this.#read;
  }

  /** Reads data up to the end of the line. @returns where that is, or `to` */
  line(stream: number, bytes: Uint8Array, from: number, to: number): number {
    let index = from;
    if (this.#state[stream] === NONE) index = this.#marker(stream, bytes, index, to);
    if (this.#state[stream] === TORN) index = this.#stamp(stream, bytes, index, to);
    for (; index < to; index += 1) {
      const byte = bytes[index] ?? 0;
      if (byte === LF || byte === CR) break;
      // A second stamp is of another event.
      if (byte === MARK && this.#state[stream] !== NONE) this.#state[stream] = CORRUPT;
    }
    return index;
  }

  #marker(stream: number, bytes: Uint8Array, from: number, to: number): number {
    let matched = this.#markerAt[stream] ?? 0;
    let index = from;
    for (; index < to && matched < markerBytes.length; index += 1) {
      const byte = bytes[index] ?? 0;
      if (byte === LF || byte === CR) break;
      matched = byte === markerBytes[matched] ? matched + 1 : byte === MARK ? 1 : 0;
    }
    if (matched === markerBytes.length) {
      matched = 0;
      this.#state[stream] = TORN;
      this.#digit[stream] = 0;
      this.#checkDigit[stream] = 0;
      this.#number[stream] = 0;
      this.#check[stream] = checkStart;
    }
    this.#markerAt[stream] = matched;
    return index;
  }

  #stamp(stream: number, bytes: Uint8Array, from: number, to: number): number {
    const fromItsBegin = this.#digit[stream] === 0;
    if (fromItsBegin && this.#isKnown(bytes, from, to)) {
      this.#state[stream] = WHOLE;
      this.#digit[stream] = headDigits;
      this.#fields.set(this.#knownFields, stream * fieldDigits.length);
      return from + this.#knownLength;
    }
    let index = from;
    let digit = this.#digit[stream] ?? 0;
    let number = this.#number[stream] ?? 0;
    let check = this.#check[stream] ?? 0;
    let padding = this.#paddingLeft[stream] ?? 0;
    let checkDigit = this.#checkDigit[stream] ?? 0;
    for (; index < to; index += 1) {
      const byte = bytes[index] ?? 0;
      if (byte === LF || byte === CR) break;
      if (digit < headDigits) {
        check = checkNext(check, byte);
        number = number * 16 + hexDigit(byte);
        const field = fieldAt[digit] ?? 0;
        digit += 1;
        if (fieldAt[digit] !== field) {
          this.#fields[stream * fieldDigits.length + field] = number;
          if (digit === headDigits) padding = number;
          number = 0;
        }
      } else if (padding > 0) {
        check = checkNext(check, byte);
        padding -= 1;
      } else {
        number = number * 16 + hexDigit(byte);
        checkDigit += 1;
        if (checkDigit === checkDigits) {
          this.#state[stream] = number === check >>> 0 ? WHOLE : CORRUPT;
          index += 1;
          if (fromItsBegin) this.#remember(stream, bytes, from, index);
          break;
        }
      }
    }
    this.#digit[stream] = digit;
    this.#number[stream] = number;
    this.#check[stream] = check;
    this.#paddingLeft[stream] = padding;
    this.#checkDigit[stream] = checkDigit;
    return index;
  }

  #isKnown(bytes: Uint8Array, from: number, to: number): boolean {
    const length = this.#knownLength;
    return length > 0 && to - from >= length && this.#known.compare(bytes, from, from + length, 0, length) === 0;
  }

  #remember(stream: number, bytes: Uint8Array, from: number, to: number): void {
    if (this.#state[stream] !== WHOLE || to - from > longestKnown) return;
    this.#knownLength = to - from;
    this.#known.set(bytes.subarray(from, to));
    const at = stream * fieldDigits.length;
    this.#knownFields.set(this.#fields.subarray(at, at + fieldDigits.length));
  }
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  if (byte >= 97 && byte <= 102) return byte - 87;
  return Number.NaN;
}
