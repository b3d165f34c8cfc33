type Read = { done: false; value: Uint8Array } | { done: true; value: undefined };
type Head = Pick<Response, 'status' | 'headers'>;

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** The client's end of a connection: a response, and what came of its body and was not read yet. */
export class ClientEnd {
  readonly #onConsumed: (bytes: number) => void;
  readonly #onOver: () => void;
  #head: Head | undefined;
  #chunks: Uint8Array[] = [];
  #ended = false;
  #failure: Error | undefined;
  /** The reader knows of the end. */
  #toldEnd = false;
  #held = false;
  #asking: Waiting<Response> | undefined;
  #reading: Waiting<Read> | undefined;

  /**
   * @param onConsumed told how many bytes the reader has taken
   * @param onOver called when the reader learns that there is no more
   */
  constructor(onConsumed: (bytes: number) => void, onOver: () => void) {
    this.#onConsumed = onConsumed;
    this.#onOver = onOver;
  }

  /** Whether nothing more can come. */
  get isOver(): boolean {
    return this.#ended || this.#failure !== undefined;
  }

  /** The head of the answer is there. */
  begin(head: Head): void {
    this.#head = head;
    this.#tell();
  }

  push(bytes: Uint8Array): void {
    if (this.isOver) return;
    this.#chunks.push(bytes);
    if (this.#reading !== undefined) this.#tell();
  }

  /** Nothing comes behind what is there. */
  end(): void {
    if (this.isOver) return;
    this.#ended = true;
    this.#tell();
  }

  /** A reset: what was not read is lost too. */
  fail(error: Error): void {
    if (this.#failure !== undefined || this.#toldEnd) return;
    this.#failure = error;
    this.#chunks = [];
    this.#tell();
  }

  /** While a machine sleeps it reads nothing. */
  hold(held: boolean): void {
    this.#held = held;
    this.#tell();
  }

  /** Resolves with the response once its head is there; its body can be read as a client does. */
  response(): Promise<Response> {
    return new Promise((resolve, reject) => {
      this.#asking = { resolve, reject };
      this.#tell();
    });
  }

  readonly #reader = {
    read: (): Promise<Read> =>
      new Promise((resolve, reject) => {
        this.#reading = { resolve, reject };
        this.#tell();
      }),
    cancel: async (): Promise<void> => {},
  };

  #tell(): void {
    const waiting = this.#asking ?? this.#reading;
    if (waiting === undefined || this.#held) return;
    if (this.#failure !== undefined) {
      this.#done();
      waiting.reject(this.#failure);
    } else if (this.#asking !== undefined) {
      if (this.#head === undefined) {
        if (this.#ended) this.fail(new TypeError('fetch failed', { cause: new Error('other side closed') }));
        return;
      }
      const { resolve } = this.#asking;
      this.#asking = undefined;
      // Only what a client reads of it: a whole one, with a stream of its own, would take longer than all the rest.
      resolve({ ...this.#head, url: '', body: { getReader: () => this.#reader } } as unknown as Response);
    } else if (this.#reading !== undefined) {
      const { resolve } = this.#reading;
      const value = this.#chunks.length === 1 ? this.#chunks.pop() : this.#chunks.shift();
      if (value !== undefined) {
        this.#reading = undefined;
        this.#onConsumed(value.length);
        resolve({ done: false, value });
      } else if (this.#ended) {
        this.#toldEnd = true;
        this.#done();
        resolve({ done: true, value });
      }
    }
  }

  #done(): void {
    this.#asking = undefined;
    this.#reading = undefined;
    this.#onOver();
  }
}
