import type { ServerSentEvent } from './event.ts';
import { LimitError } from './limit-error.ts';
import type { LineSink } from './lines.ts';

const LF = 10;
const SPACE = 32;
const COLON = 58;

/** More values than these in one event are put together: a value may be a slice that keeps a whole chunk alive. */
const maxSeparateValues = 256;

/** What a stream gives rise to, in the order of the stream. */
export interface StreamCallbacks {
  /** Called at the blank line that ends an event. */
  onEvent: (event: ServerSentEvent) => void;
  /** Called with all that follows the colon, at the end of the comment's line. */
  onComment?: ((text: string) => void) | undefined;
  /** Called with the new reconnection time, at most `Number.MAX_SAFE_INTEGER`, at the end of the `retry` line. */
  onRetry?: ((reconnectionTimeMs: number) => void) | undefined;
}

/** How much one stream may ask for, in UTF-16 code units. */
export interface StreamLimits {
  maxLineLength: number;
  maxDataLength: number;
}

/** Lines to fields to events (HTML 9.2.6). */
export class Interpreter implements LineSink {
  /** The last event ID string: the last event ID buffer as it was at the last blank line. */
  lastEventId: string;
  /** True: the lines that are left are of no interest. */
  stopped = false;
  readonly #callbacks: StreamCallbacks;
  readonly #limits: StreamLimits;
  #lastEventIdBuffer: string;
  #typeBuffer = '';
  // The data buffer. The standard puts a LF after each value and takes the last off; here they come between values.
  #data: string | undefined;
  #moreData: string[] = [];
  #dataLength = 0;

  constructor(callbacks: StreamCallbacks, limits: StreamLimits, lastEventId: string) {
    this.#callbacks = callbacks;
    this.#limits = limits;
    this.lastEventId = lastEventId;
    this.#lastEventIdBuffer = lastEventId;
  }

  /**
   * The hot loop. It reads the three fields that events are made of in place: to cut out each line and its name, as
   * `takeCutLine` does, takes half as long again, and to call a function for each field a tenth.
   * @throws {LimitError} when a line or an event's data is longer than its limit
   */
  takeLines(text: string, start: number): number {
    const { maxLineLength, maxDataLength } = this.#limits;
    let hasNull: boolean | undefined;
    let at = start;
    while (at < text.length && !this.stopped) {
      const first = text.charCodeAt(at);
      if (first === LF) {
        at += 1;
        this.#dispatch(this.#takeData());
        continue;
      }
      const end = text.indexOf('\n', at);
      if (end === -1) return at;
      if (end - at > maxLineLength) throw new LimitError('maxLineLength', maxLineLength);
      if (
        first === 100 && // d
        text.charCodeAt(at + 1) === 97 && // a
        text.charCodeAt(at + 2) === 116 && // t
        text.charCodeAt(at + 3) === 97 && // a
        text.charCodeAt(at + 4) === COLON
      ) {
        const value = text.slice(text.charCodeAt(at + 5) === SPACE ? at + 6 : at + 5, end);
        if (this.#data === undefined && value.length <= maxDataLength && text.charCodeAt(end + 1) === LF) {
          // The last line of an event that has one data line, as most have.
          at = end + 2;
          this.#dispatch(value);
          continue;
        }
        this.#addData(value);
      } else if (
        first === 101 && // e
        text.charCodeAt(at + 1) === 118 && // v
        text.charCodeAt(at + 2) === 101 && // e
        text.charCodeAt(at + 3) === 110 && // n
        text.charCodeAt(at + 4) === 116 && // t
        text.charCodeAt(at + 5) === COLON
      ) {
        this.#typeBuffer = text.slice(text.charCodeAt(at + 6) === SPACE ? at + 7 : at + 6, end);
      } else if (
        first === 105 && // i
        text.charCodeAt(at + 1) === 100 && // d
        text.charCodeAt(at + 2) === COLON
      ) {
        const value = text.slice(text.charCodeAt(at + 3) === SPACE ? at + 4 : at + 3, end);
        hasNull ??= text.includes('\0');
        if (!hasNull || !value.includes('\0')) this.#lastEventIdBuffer = value;
      } else {
        this.takeCutLine(text.slice(at, end));
      }
      at = end + 1;
    }
    return text.length;
  }

  takeCutLine(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) {
      this.#callbacks.onComment?.(line.slice(1));
      return;
    }
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(line.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1);
    if (name === 'data') this.#addData(value);
    else if (name === 'event') this.#typeBuffer = value;
    else if (name === 'id' && !value.includes('\0')) this.#lastEventIdBuffer = value;
    else if (name === 'retry' && /^[0-9]+$/.test(value)) {
      this.#callbacks.onRetry?.(Math.min(Number(value), Number.MAX_SAFE_INTEGER));
    }
  }

  #addData(value: string): void {
    this.#dataLength = this.#data === undefined ? value.length : this.#dataLength + 1 + value.length;
    const { maxDataLength } = this.#limits;
    if (this.#dataLength > maxDataLength) throw new LimitError('maxDataLength', maxDataLength);
    if (this.#data === undefined) {
      this.#data = value;
      return;
    }
    this.#moreData.push(value);
    if (this.#moreData.length === maxSeparateValues) this.#joinData();
  }

  #joinData(): void {
    this.#data = `${this.#data}\n${this.#moreData.join('\n')}`;
    this.#moreData = [];
  }

  #takeData(): string | undefined {
    if (this.#moreData.length > 0) this.#joinData();
    const data = this.#data;
    this.#data = undefined;
    return data;
  }

  #dispatch(data: string | undefined): void {
    this.lastEventId = this.#lastEventIdBuffer;
    const type = this.#typeBuffer;
    this.#typeBuffer = '';
    if (data === undefined) return;
    this.#callbacks.onEvent({ type: type === '' ? 'message' : type, data, lastEventId: this.lastEventId });
  }
}
