import { Interpreter, type StreamCallbacks } from './interpret.ts';
import { Lines } from './lines.ts';
import { SettingError } from './setting-error.ts';
import { Utf8 } from './utf8.ts';

/**
 * Chunks are taken in pieces of this size. It bounds what an event that its receiver keeps can keep alive with it, and
 * one character beyond Latin-1 makes only its piece, and not a whole large chunk, slow to decode.
 */
const pieceBytes = 16_384;

/** Twice this still is a length that every engine's strings can have. */
const largestLimit = 2 ** 28;

/** Settings of {@link createParser}. */
export interface ParserSettings extends StreamCallbacks {
  /** The longest line that is taken, without its end, in UTF-16 code units, from 1 to 2^28. Default 2^24. */
  maxLineLength?: number;
  /** The longest data of one event that is taken, in UTF-16 code units, from 1 to 2^28. Default 2^24. */
  maxDataLength?: number;
  /** The last event ID at the start: on a reconnection that of the stream before, as browsers do. Default `''`. */
  lastEventId?: string;
}

/**
 * An incremental parser of the event stream format, to the letter of HTML 9.2.5 and 9.2.6. It reads one stream; a new
 * stream needs a new parser. Its limits bound the memory that it uses, whatever the stream.
 */
export class Parser {
  readonly #utf8 = new Utf8();
  readonly #lines: Lines;
  readonly #interpreter: Interpreter;
  #failure: { error: unknown } | undefined;

  constructor(settings: ParserSettings) {
    const { maxLineLength = 2 ** 24, maxDataLength = 2 ** 24, lastEventId = '' } = settings;
    requireLimit('maxLineLength', maxLineLength);
    requireLimit('maxDataLength', maxDataLength);
    this.#interpreter = new Interpreter(settings, { maxLineLength, maxDataLength }, lastEventId);
    this.#lines = new Lines(this.#interpreter, maxLineLength);
  }

  /** The last event ID string: what to send as `Last-Event-ID` when reconnecting. */
  get lastEventId(): string {
    return this.#interpreter.lastEventId;
  }

  /**
   * Takes the next bytes of the stream, cut anywhere, and calls back for all that they complete before it returns: for
   * an event at its blank line, even if that ends in a CR which a LF could follow. Keeps no reference to `chunk`. Not to
   * be called from a callback.
   *
   * @throws {LimitError} when the stream exceeds a limit (an unfinished line may do so by 1 KiB before it is noticed).
   *   That, or whatever a callback throws, ends the parser: every later call throws the same.
   */
  feed(chunk: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#interpreter.stopped) throw new Error('the stream was ended; make a new parser for a new stream');
    try {
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        const piece = chunk.length <= pieceBytes ? chunk : chunk.subarray(at, at + pieceBytes);
        const text = this.#utf8.take(piece);
        if (text !== '') this.#lines.take(text);
      }
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  /**
   * Ends the stream: an event that lacks its blank line is discarded, as the standard asks, and `feed` throws from now
   * on. From a callback: that was the last one, whatever the chunk still holds.
   */
  end(): void {
    this.#interpreter.stopped = true;
  }
}

/**
 * Makes a parser for one stream.
 *
 * @throws {SettingError} when a limit is not a whole number in its range
 */
export function createParser(settings: ParserSettings): Parser {
  return new Parser(settings);
}

function requireLimit(setting: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= largestLimit) return;
  throw new SettingError(setting, value, `a whole number from 1 to ${largestLimit}`);
}
