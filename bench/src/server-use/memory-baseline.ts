/** What a server's process had taken before, as a trial finds it. */
export interface Baseline {
  /** Before the first stream of this process. */
  readonly rssBytes: number;
  /** It has held more streams than this trial's before, and may have kept their memory. */
  readonly heldMore: boolean;
}

/**
 * A runtime keeps what it took for streams that are gone, and uses it for the next ones: a later trial would find less growth
 * than its streams need. So memory is counted from before the first stream of a process on.
 */
export class MemoryBaseline {
  #pid: number | undefined;
  #rssBytes = 0;
  #mostStreams = 0;

  /** A trial begins. @param pid of the server @param rssBytes that it takes now @param streams that the trial will hold */
  begin(pid: number | undefined, rssBytes: number, streams: number): Baseline {
    if (pid !== this.#pid) {
      this.#pid = pid;
      this.#rssBytes = rssBytes;
      this.#mostStreams = 0;
    }
    const heldMore = this.#mostStreams > streams;
    this.#mostStreams = Math.max(this.#mostStreams, streams);
    return { rssBytes: this.#rssBytes, heldMore };
  }
}
