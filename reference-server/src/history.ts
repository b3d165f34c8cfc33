/** An event as a channel keeps it. */
export interface LoggedEvent {
  readonly id: string;
  /** What it counts for in the log's bound on memory. */
  readonly sizeBytes: number;
}

/**
 * The latest events of a channel, for streams that resume. Bounded by number and by size; the oldest go first, and at
 * least the newest stays. Positions count up from 0 and are never used twice.
 */
export class History<Event extends LoggedEvent> {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  readonly #events = new Map<number, Event>();
  readonly #positions = new Map<string, number>();
  #start = 0;
  #end = 0;
  #bytes = 0;

  constructor(limits: { readonly maxEvents: number; readonly maxBytes: number }) {
    this.#maxEvents = limits.maxEvents;
    this.#maxBytes = limits.maxBytes;
  }

  /** Position of the oldest event still held. */
  get start(): number {
    return this.#start;
  }

  /** Position that the next event will have. */
  get end(): number {
    return this.#end;
  }

  append(event: Event): void {
    this.#events.set(this.#end, event);
    this.#positions.set(event.id, this.#end);
    this.#end += 1;
    this.#bytes += event.sizeBytes;
    while (this.#events.size > 1 && (this.#events.size > this.#maxEvents || this.#bytes > this.#maxBytes)) {
      this.#forgetOldest();
    }
  }

  at(position: number): Event | undefined {
    return this.#events.get(position);
  }

  /** Where a stream goes on that has seen the event with this id; undefined when the log does not hold that event. */
  positionAfter(id: string): number | undefined {
    const position = this.#positions.get(id);
    return position === undefined ? undefined : position + 1;
  }

  /** Forgets everything; positions go on. */
  clear(): void {
    this.#events.clear();
    this.#positions.clear();
    this.#start = this.#end;
    this.#bytes = 0;
  }

  #forgetOldest(): void {
    const oldest = this.#events.get(this.#start);
    if (oldest === undefined) return;
    this.#events.delete(this.#start);
    this.#positions.delete(oldest.id);
    this.#bytes -= oldest.sizeBytes;
    this.#start += 1;
  }
}
