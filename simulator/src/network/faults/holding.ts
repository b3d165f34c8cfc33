import type { Fired } from '../piece.ts';

/** The most that is held where only a time was asked for. */
const boundBytes = 65_536;

/** A buffering proxy: it lets bytes go in one piece, once there are enough or the first has waited long enough. */
export class Holding {
  readonly #holdBytes: number;
  readonly #holdForMs: number;
  readonly #fired: Fired;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #sinceMs = 0;

  /** @param holdForMs 0 waits for the bytes however long it takes */
  constructor(holdBytes: number, holdForMs: number, fired: Fired) {
    this.#holdBytes = holdBytes || boundBytes;
    this.#holdForMs = holdForMs;
    this.#fired = fired;
  }

  /** When `release` is due; undefined while nothing is held or only bytes can release it. */
  get dueMs(): number | undefined {
    return this.#held.length > 0 && this.#holdForMs > 0 ? this.#sinceMs + this.#holdForMs : undefined;
  }

  /** Takes bytes in. @returns what goes on now */
  push(bytes: Uint8Array, nowMs: number): Uint8Array | undefined {
    if (this.#held.length === 0) this.#sinceMs = nowMs;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes >= this.#holdBytes) return this.release();
    if (this.#held.length === 1) this.#fired();
    return undefined;
  }

  /** Lets everything go: its time has come, or no more bytes will. */
  release(): Uint8Array | undefined {
    const bytes = this.#held.length > 0 ? Buffer.concat(this.#held) : undefined;
    this.#held = [];
    this.#heldBytes = 0;
    return bytes;
  }
}
