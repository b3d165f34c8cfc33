/** One event or comment: encoded once, shared by every stream that sends it. */
export interface Frame {
  readonly bytes: Uint8Array;
  /** The event type; left out for what dispatches no event. */
  readonly type?: string;
}

/** A way in which a connection wants its bytes, such as HTTP/1.1 chunks; made once for all that want the same. */
export interface BatchForm<Made> {
  make(bytes: Uint8Array): Made;
}

/**
 * Frames that are sent together. The cost of a delivery is little more than that of handing ready bytes to the socket:
 * what can be made of them is made when the first stream asks for it, and shared by all others.
 */
export class Batch {
  readonly frames: readonly Frame[];
  #bytes: Uint8Array | undefined;
  /** The form that was asked for last, before the others: nearly all streams of a server want the same. */
  #form: BatchForm<unknown> | undefined;
  #made: unknown;
  #others: Map<BatchForm<unknown>, unknown> | undefined;

  constructor(frames: readonly Frame[]) {
    this.frames = frames;
  }

  get bytes(): Uint8Array {
    this.#bytes ??= joined(this.frames.map(({ bytes }) => bytes));
    return this.#bytes;
  }

  as<Made>(form: BatchForm<Made>): Made {
    if (this.#form !== form) {
      this.#others ??= new Map();
      if (this.#form !== undefined) this.#others.set(this.#form, this.#made);
      this.#made = this.#others.get(form) ?? form.make(this.bytes);
      this.#form = form;
    }
    return this.#made as Made;
  }
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
