import { expect } from 'vitest';
import type { LogEntry, LogReader } from '../src/event-log.ts';

/** A reader of a log that keeps what it is given. */
export class RecordingLogReader<Content> implements LogReader<Content> {
  readonly entries: LogEntry<Content>[] = [];
  gaps = 0;

  onEntry(entry: LogEntry<Content>): void {
    this.entries.push(entry);
  }

  onGap(): void {
    this.gaps += 1;
  }

  get ids(): string[] {
    return this.entries.map(({ id }) => id);
  }

  get contents(): Content[] {
    return this.entries.map(({ content }) => content);
  }

  /** Waits until there are so many entries, or more. */
  async hasEntries(count: number): Promise<readonly LogEntry<Content>[]> {
    await expect.poll(() => this.entries.length, { timeout: 10_000, interval: 5 }).toBeGreaterThanOrEqual(count);
    return this.entries;
  }
}
