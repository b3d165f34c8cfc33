import { LimitError } from './limit-error.ts';

const LF = 10;
const CR = 13;
const byteOrderMark = 0xfeff;

/** Where lines go. */
export interface LineSink {
  /**
   * Takes the whole lines of `text` from `start` on, each ended by LF, and returns where the unfinished last line begins.
   * All in one call, and none cut out of the text: that is what makes the parser fast.
   */
  takeLines(text: string, start: number): number;
  /** Takes one line, not empty, that was cut between texts. */
  takeCutLine(line: string): void;
}

/** Text to lines (HTML 9.2.5): each ended by LF, CR or CRLF, cut anywhere; one byte order mark may begin the stream. */
export class Lines {
  readonly #sink: LineSink;
  readonly #maxLineLength: number;
  #beginsStream = true;
  #endedInCr = false;
  /** The unfinished line: its first piece, all pieces if there are more, and their length. */
  #first = '';
  #pieces: string[] | undefined;
  #length = 0;

  constructor(sink: LineSink, maxLineLength: number) {
    this.#sink = sink;
    this.#maxLineLength = maxLineLength;
  }

  /**
   * Takes the next text, which is not empty.
   * @throws {LimitError} when an unfinished line is longer than `maxLineLength` already
   */
  take(text: string): void {
    const plain = this.#beginsStream || this.#endedInCr || text.includes('\r') ? this.#normalize(text) : text;
    const start = this.#length === 0 ? 0 : this.#finishLine(plain);
    if (start === plain.length) return;
    const unfinished = this.#sink.takeLines(plain, start);
    if (unfinished === plain.length) return;
    this.#first = plain.slice(unfinished);
    this.#lengthen(this.#first.length);
  }

  /** Drops the byte order mark that may begin the stream, and makes every line end LF. */
  #normalize(text: string): string {
    const first = text.charCodeAt(0);
    // A CR has ended its line without waiting for what follows; a LF right after it belongs to it.
    const isDropped = (this.#beginsStream && first === byteOrderMark) || (this.#endedInCr && first === LF);
    this.#beginsStream = false;
    this.#endedInCr = text.charCodeAt(text.length - 1) === CR;
    return text.slice(isDropped ? 1 : 0).replace(/\r\n?/g, '\n');
  }

  /** Adds the start of `text` to the unfinished line; returns where the next line begins, at most the end of `text`. */
  #finishLine(text: string): number {
    const end = text.indexOf('\n');
    this.#lengthen(end === -1 ? text.length : end);
    if (end === -1) {
      this.#pieces ??= [this.#first];
      this.#pieces.push(text);
      return text.length;
    }
    const last = text.slice(0, end);
    let line: string;
    if (this.#pieces === undefined) line = this.#first + last;
    else {
      // Joined once, at the end of the line, so that a long line in many chunks takes linear time.
      this.#pieces.push(last);
      line = this.#pieces.join('');
    }
    this.#pieces = undefined;
    this.#length = 0;
    this.#sink.takeCutLine(line);
    return end + 1;
  }

  #lengthen(by: number): void {
    this.#length += by;
    if (this.#length > this.#maxLineLength) throw new LimitError('maxLineLength', this.#maxLineLength);
  }
}
