import {
  type EventLog,
  type EventStore,
  type LogEntry,
  type LogReader,
  LogUnavailable,
  type NewEntry,
} from '@ssert/server/core';
import type { VirtualTime } from './virtual-time.ts';

/** A disk that outlives the processes which write to it. What was synced stays, whatever happens. */
export class VirtualDisk {
  readonly #time: VirtualTime;
  readonly #syncMs: number;
  /** Synced entries by channel. */
  readonly #channels = new Map<string, LogEntry<unknown>[]>();
  /** While true, nothing can be written or read. */
  broken = false;

  /** @param syncMs how long a write or a read takes */
  constructor(time: VirtualTime, syncMs: number) {
    this.#time = time;
    this.#syncMs = syncMs;
  }

  entries<Content>(channel: string): LogEntry<Content>[] {
    let entries = this.#channels.get(channel);
    if (entries === undefined) {
      entries = [];
      this.#channels.set(channel, entries);
    }
    return entries as LogEntry<Content>[];
  }

  /** Does it once the disk got there, in the order of the calls. @throws LogUnavailable where it is broken then */
  reached<T>(process: Process, act: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#time.after(this.#syncMs, () => {
        if (process.isDead) return;
        if (this.broken) reject(new LogUnavailable('the disk does not answer'));
        else resolve(act());
      });
    });
  }

  /** Does it once the word of what the disk did has come back. */
  told<T>(process: Process, act: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.#time.after(this.#syncMs, () => {
        if (!process.isDead) resolve(act());
      });
    });
  }
}

/** One that dies leaves what it has begun as it stands: written, and nobody told, or not written. */
interface Process {
  isDead: boolean;
}

/** A store that resumes across restarts, as a file does, with the latency and the failures of a disk. */
export class DiskStore implements EventStore {
  readonly #disk: VirtualDisk;
  readonly #process: Process = { isDead: false };
  #closed = false;

  constructor(disk: VirtualDisk) {
    this.#disk = disk;
  }

  get problem(): string | undefined {
    return this.#disk.broken ? 'the disk does not answer' : undefined;
  }

  log<Content>(channel: string): EventLog<Content> {
    return new DiskLog<Content>(channel, this.#disk, this.#process, () => this.#closed);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  /** The process that opened it dies. */
  die(): void {
    this.#process.isDead = true;
  }
}

class DiskLog<Content> implements EventLog<Content> {
  readonly takesIds = false;
  readonly #channel: string;
  readonly #disk: VirtualDisk;
  readonly #process: Process;
  readonly #isClosed: () => boolean;
  readonly #entries: LogEntry<Content>[];
  #reader: LogReader<Content> | undefined;

  constructor(channel: string, disk: VirtualDisk, process: Process, isClosed: () => boolean) {
    this.#channel = channel;
    this.#disk = disk;
    this.#process = process;
    this.#isClosed = isClosed;
    this.#entries = disk.entries(channel);
  }

  async open(reader: LogReader<Content>, newest: number): Promise<void> {
    this.#requireOpen();
    await this.#disk.reached(this.#process, () => {
      for (const entry of this.#entries.slice(Math.max(0, this.#entries.length - newest))) reader.onEntry(entry);
      this.#reader = reader;
    });
  }

  async append(added: readonly NewEntry<Content>[]): Promise<readonly string[]> {
    this.#requireOpen();
    const written = await this.#disk.reached(this.#process, () => added.map(({ content }) => this.#write(content)));
    return this.#disk.told(this.#process, () =>
      written.map((entry) => {
        this.#reader?.onEntry(entry);
        return entry.id;
      }),
    );
  }

  async readAfter(id: string, limit: number): Promise<readonly LogEntry<Content>[] | undefined> {
    this.#requireOpen();
    return this.#disk.reached(this.#process, () => {
      const number = Number(id.slice(id.lastIndexOf('-') + 1));
      if (this.#entries[number - 1]?.id !== id) return undefined;
      return this.#entries.slice(number, number + limit);
    });
  }

  #write(content: Content): LogEntry<Content> {
    const entry = { id: `${this.#channel}-${this.#entries.length + 1}`, content };
    this.#entries.push(entry);
    return entry;
  }

  #requireOpen(): void {
    if (this.#isClosed()) throw new LogUnavailable('the store is closed');
  }
}
