/** A stream needs more memory than the parser's settings grant; the message names the setting. */
export class LimitError extends Error {
  override readonly name = 'LimitError';
  readonly limit: 'maxLineLength' | 'maxDataLength';
  /** The setting's value, in UTF-16 code units. */
  readonly allowed: number;

  constructor(limit: LimitError['limit'], allowed: number) {
    const what = limit === 'maxLineLength' ? 'a line of the stream' : 'the data of one event';
    super(`${what} is longer than ${limit}, ${allowed} UTF-16 code units; raise ${limit} if the sender may send that`);
    this.limit = limit;
    this.allowed = allowed;
  }
}
