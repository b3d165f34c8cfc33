import type { Stamp } from '../audit/stamp.ts';
import { LastEventIds } from './last-event-ids.ts';
import { StampScanner } from './stamp-scanner.ts';

/** Told of what a stream carries. The stamp is used again for the next event: copy what is to be kept. */
export interface EventSink {
  /** An event was dispatched. @param stamp absent where its data has none @param whole whether the check holds */
  event(stream: number, stamp: Stamp | undefined, whole: boolean): void;
  comment(stream: number): void;
  /** Reconnection time in ms. */
  retry(stream: number, ms: number): void;
}

const LF = 10;
const CR = 13;
const COLON = 58;
const SPACE = 32;

/** Where in a line a stream is. */
const AT = {
  lineStart: 0,
  name: 1,
  afterColon: 2,
  data: 3,
  id: 4,
  retry: 5,
  ignored: 6,
  comment: 7,
  start: 8,
  mark: 9,
} as const;
const DATA = [100, 97, 116, 97];
const ID = [105, 100];
const RETRY = [114, 101, 116, 114, 121];
/** A bit for each of the three. */
const allNames = 7;
const byteOrderMark = [0xef, 0xbb, 0xbf];

const noDigits = -1;
const notANumber = -2;

/**
 * Reads event streams byte by byte, as HTML section 9.2.6 says, many at once and without making a string: what a stream
 * needs between two reads stands in typed arrays. Data is looked at only for its stamp. Tests hold it against the parser.
 */
export class EventScanner {
  readonly #sink: EventSink;
  readonly #at: Uint8Array;
  /** Bytes of the field name that fit so far, by 1 for each of the names that still can be meant. */
  readonly #matched: Uint8Array;
  readonly #names: Uint8Array;
  readonly #afterCr: Uint8Array;
  readonly #bom: Uint8Array;
  readonly #hasData: Uint8Array;
  readonly #stamps: StampScanner;
  readonly #retryMs: Float64Array;
  readonly #ids: LastEventIds;

  constructor(streams: number, sink: EventSink, options: { ids: boolean }) {
    this.#sink = sink;
    this.#at = new Uint8Array(streams);
    this.#matched = new Uint8Array(streams);
    this.#names = new Uint8Array(streams);
    this.#afterCr = new Uint8Array(streams);
    this.#bom = new Uint8Array(streams);
    this.#hasData = new Uint8Array(streams);
    this.#stamps = new StampScanner(streams);
    this.#retryMs = new Float64Array(streams);
    this.#ids = new LastEventIds(options.ids ? streams : 0);
  }

  /** A new connection begins. The last event ID stays. */
  restart(stream: number): void {
    this.#at[stream] = AT.start;
    this.#afterCr[stream] = 0;
    this.#bom[stream] = 0;
    this.#clearEvent(stream);
  }

  /** A new client: nothing is left of the one before. */
  forget(stream: number): void {
    this.restart(stream);
    this.#ids.forget(stream);
  }

  /** The last event ID, as bytes; empty where there is none or it is longer than `longestId`. */
  lastEventId(stream: number): Uint8Array {
    return this.#ids.of(stream);
  }

  /** Reads the bytes from `from` to, not including, `to`. */
  feed(stream: number, bytes: Uint8Array, from: number, to: number): void {
    let at = this.#at[stream] ?? 0;
    for (let index = from; index < to; index += 1) {
      const byte = bytes[index] ?? 0;
      if (byte === LF || byte === CR) {
        if (byte === LF && this.#afterCr[stream] === 1) this.#afterCr[stream] = 0;
        else {
          this.#afterCr[stream] = byte === CR ? 1 : 0;
          this.#endLine(stream, at);
          at = AT.lineStart;
        }
        continue;
      }
      if (at === AT.data) {
        // Most bytes are these.
        index = this.#stamps.line(stream, bytes, index, to) - 1;
        continue;
      }
      if (at === AT.ignored || at === AT.comment) continue;
      if (at === AT.start || at === AT.mark) {
        at = this.#byteOrderMark(stream, byte);
        if (at !== AT.name) continue;
      }
      if (at === AT.lineStart) {
        this.#afterCr[stream] = 0;
        this.#beginName(stream, allNames);
        at = AT.name;
      }
      if (at === AT.name) {
        if (byte === COLON)
          at = this.#matched[stream] === 0 && this.#names[stream] === allNames ? AT.comment : this.#begin(stream);
        else this.#name(stream, byte);
        continue;
      }
      // One space behind the colon belongs to no value.
      if (at === AT.afterColon) {
        at = this.#fieldKind(stream);
        if (byte === SPACE) continue;
        index -= 1;
        continue;
      }
      if (at === AT.id) this.#ids.byte(stream, byte);
      else if (at === AT.retry) {
        const known = this.#retryMs[stream] ?? 0;
        const isDigit = byte >= 48 && byte <= 57 && known !== notANumber;
        const larger = Math.min(Number.MAX_SAFE_INTEGER, Math.max(known, 0) * 10 + byte - 48);
        this.#retryMs[stream] = isDigit ? larger : notANumber;
      }
    }
    this.#at[stream] = at;
  }

  /** One byte order mark at the very begin is no part of the stream. @returns where in the line the byte leads to */
  #byteOrderMark(stream: number, byte: number): number {
    const seen = this.#bom[stream] ?? 0;
    if (byte !== byteOrderMark[seen]) {
      // A part of a mark begins a name that is no field's.
      this.#beginName(stream, seen > 0 ? 0 : allNames);
      return AT.name;
    }
    this.#bom[stream] = seen + 1;
    return seen + 1 === byteOrderMark.length ? AT.lineStart : AT.mark;
  }

  #beginName(stream: number, names: number): void {
    this.#matched[stream] = 0;
    this.#names[stream] = names;
  }

  #name(stream: number, byte: number): void {
    const matched = this.#matched[stream] ?? 0;
    let names = this.#names[stream] ?? 0;
    if (DATA[matched] !== byte) names &= ~1;
    if (ID[matched] !== byte) names &= ~2;
    if (RETRY[matched] !== byte) names &= ~4;
    this.#names[stream] = names;
    if (matched < 255) this.#matched[stream] = matched + 1;
  }

  #fieldKind(stream: number): number {
    const names = this.#names[stream] ?? 0;
    const matched = this.#matched[stream] ?? 0;
    if ((names & 1) !== 0 && matched === DATA.length) return AT.data;
    if ((names & 2) !== 0 && matched === ID.length) return AT.id;
    if ((names & 4) !== 0 && matched === RETRY.length) return AT.retry;
    return AT.ignored;
  }

  #begin(stream: number): number {
    const kind = this.#fieldKind(stream);
    if (kind === AT.data) {
      this.#hasData[stream] = 1;
      this.#stamps.beginLine(stream);
    }
    if (kind === AT.id) this.#ids.beginLine(stream);
    if (kind === AT.retry) this.#retryMs[stream] = noDigits;
    return AT.afterColon;
  }

  #endLine(stream: number, at: number): void {
    if (at === AT.lineStart || at === AT.start) {
      this.#dispatch(stream);
      return;
    }
    if (at === AT.comment) this.#sink.comment(stream);
    const kind = at === AT.name || at === AT.afterColon ? this.#fieldKind(stream) : at;
    // A line that is a field's name alone has an empty value.
    if (at === AT.name && kind !== AT.ignored) this.#begin(stream);
    if (kind === AT.id) this.#ids.endLine(stream);
    if (kind === AT.retry && at === AT.retry) {
      const ms = this.#retryMs[stream] ?? -1;
      if (ms >= 0) this.#sink.retry(stream, ms);
    }
  }

  #dispatch(stream: number): void {
    // The id takes effect at the blank line, with or without data.
    this.#ids.dispatch(stream);
    if (this.#hasData[stream] === 1) {
      const state = this.#stamps.state(stream);
      this.#sink.event(stream, this.#stamps.read(stream), state === 'none' || state === 'whole');
    }
    this.#clearEvent(stream);
  }

  #clearEvent(stream: number): void {
    this.#hasData[stream] = 0;
    this.#stamps.restart(stream);
    this.#ids.forgetPending(stream);
  }
}
