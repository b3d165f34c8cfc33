const slots = 4096;
const none = -1;

/**
 * One pending moment for each of many streams: set, moved and dropped in constant time, in 18 bytes a stream and without
 * a timer of Node's for each. Time is handed in.
 */
export class TimingWheel {
  readonly #tickUs: number;
  readonly #dueUs: Float64Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #head: Int32Array;
  readonly #slot: Uint16Array;
  #tick: number;
  #pending = 0;

  /** @param tickUs how exact it is */
  constructor(streams: number, startUs: number, tickUs: number) {
    this.#tickUs = tickUs;
    this.#dueUs = new Float64Array(streams).fill(Number.NaN);
    this.#next = new Int32Array(streams).fill(none);
    this.#previous = new Int32Array(streams).fill(none);
    this.#head = new Int32Array(slots).fill(none);
    this.#slot = new Uint16Array(streams);
    this.#tick = Math.floor(startUs / tickUs);
  }

  /** Streams that wait for their moment. */
  get pending(): number {
    return this.#pending;
  }

  /** Sets the moment of a stream, in place of the one it had. One that is past comes with the next advance. */
  set(stream: number, dueUs: number): void {
    this.drop(stream);
    this.#dueUs[stream] = dueUs;
    const slot = Math.max(Math.ceil(dueUs / this.#tickUs), this.#tick + 1) % slots;
    const head = this.#head[slot] ?? none;
    this.#next[stream] = head;
    this.#previous[stream] = none;
    if (head !== none) this.#previous[head] = stream;
    this.#head[slot] = stream;
    this.#slot[stream] = slot;
    this.#pending += 1;
  }

  /** Forgets the moment of a stream. */
  drop(stream: number): void {
    const dueUs = this.#dueUs[stream] ?? Number.NaN;
    if (Number.isNaN(dueUs)) return;
    const next = this.#next[stream] ?? none;
    const previous = this.#previous[stream] ?? none;
    if (next !== none) this.#previous[next] = previous;
    if (previous !== none) this.#next[previous] = next;
    else this.#head[this.#slot[stream] ?? 0] = next;
    this.#dueUs[stream] = Number.NaN;
    this.#pending -= 1;
  }

  /** Tells each stream whose moment has come. */
  advance(nowUs: number, fire: (stream: number, dueUs: number) => void): void {
    const last = Math.floor(nowUs / this.#tickUs);
    const from = Math.max(this.#tick + 1, last - slots + 1);
    this.#tick = Math.max(this.#tick, last);
    for (let tick = from; tick <= last && this.#pending > 0; tick += 1) {
      let stream = this.#head[tick % slots] ?? none;
      while (stream !== none) {
        const next = this.#next[stream] ?? none;
        const dueUs = this.#dueUs[stream] ?? Number.NaN;
        if (dueUs <= nowUs) {
          this.drop(stream);
          fire(stream, dueUs);
        }
        stream = next;
      }
    }
  }
}
