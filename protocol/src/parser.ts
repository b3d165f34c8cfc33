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

/** Reads one event stream; a new stream needs a new parser. */
export interface Parser {
  /**
   * Takes the next bytes of the stream, cut anywhere, and calls back for all that they complete before it returns: an
   * event at its blank line, also if that ends in a CR which a LF could follow. Keeps no reference to `chunk`. Not to be
   * called from a callback.
   *
   * @throws {LimitError} when the stream exceeds a limit. This, or whatever a callback throws, ends the parser: it is
   *   thrown again by every later call.
   */
  feed(chunk: Uint8Array): void;
  /**
   * Ends the stream: an event without its blank line is discarded, as the standard asks, and `feed` throws from now on.
   * From a callback: none is called any more, not even for what this chunk still holds.
   */
  end(): void;
  /** The last event ID string: what to send as `Last-Event-ID` when reconnecting. */
  readonly lastEventId: string;
}

/**
 * Makes an incremental parser of the event stream format, to the letter of HTML 9.2.5 and 9.2.6. The memory it uses is
 * bounded by its limits, whatever the stream.
 *
 * @throws {SettingError} when a limit is not a whole number in its range
 */
export function createParser(settings: ParserSettings): Parser {
  const { maxLineLength = 2 ** 24, maxDataLength = 2 ** 24, lastEventId = '' } = settings;
  requireLimit('maxLineLength', maxLineLength);
  requireLimit('maxDataLength', maxDataLength);
  const interpreter = new Interpreter(settings, { maxLineLength, maxDataLength }, lastEventId);
  const lines = new Lines(interpreter, maxLineLength);
  const utf8 = new Utf8();
  let failure: { error: unknown } | undefined;

  return {
    feed(chunk) {
      if (failure !== undefined) throw failure.error;
      if (interpreter.stopped) throw new Error('the stream was ended; make a new parser for a new stream');
      try {
        for (let at = 0; at < chunk.length && !interpreter.stopped; at += pieceBytes) {
          const text = utf8.take(chunk.length <= pieceBytes ? chunk : chunk.subarray(at, at + pieceBytes));
          if (text !== '') lines.take(text);
        }
      } catch (error) {
        failure = { error };
        throw error;
      }
    },
    end() {
      interpreter.stopped = true;
    },
    get lastEventId() {
      return interpreter.lastEventId;
    },
  };
}

function requireLimit(setting: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= largestLimit) return;
  throw new SettingError(setting, value, `a whole number from 1 to ${largestLimit}`);
}
