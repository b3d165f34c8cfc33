import type { Batch } from '../src/batch.ts';
import type { Sink } from '../src/subscriber.ts';

const text = new TextDecoder();

/** A sink that keeps what it is given and takes more only while the test lets it. */
export class RecordingSink implements Sink {
  /** One for each write, its frames joined. */
  readonly writes: string[] = [];
  takesMore = true;
  ended = false;
  wasCut = false;

  write(batch: Batch): boolean {
    this.writes.push(text.decode(batch.bytes));
    return this.takesMore;
  }

  end(): void {
    this.ended = true;
  }

  cut(): void {
    this.wasCut = true;
  }

  get received(): string {
    return this.writes.join('');
  }
}
