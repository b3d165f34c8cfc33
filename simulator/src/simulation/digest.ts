/** A digest of all that happened, in its order: two runs with the same one had the same course. */
export class Digest {
  #a = 0x811c9dc5;
  #b = 0x9e3779b9;

  /** Takes in one happening: its time, what it was, whom it concerned and a number that goes with it. */
  add(timeMs: number, kind: number, subject: number, detail: number): void {
    this.#a = Math.imul(this.#a ^ timeMs, 0x01000193) ^ kind;
    this.#b = Math.imul(this.#b ^ subject, 0x85ebca6b) ^ (this.#a >>> 7);
    this.#a = Math.imul(this.#a ^ detail, 0xc2b2ae35) ^ (this.#b >>> 13);
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    return [this.#a, this.#b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
  }
}
