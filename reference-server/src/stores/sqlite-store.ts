import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '@ssert/protocol';
import {
  type EventLog,
  type EventStore,
  IdTaken,
  type LogEntry,
  type LogReader,
  LogUnavailable,
  type NewEntry,
} from '../event-log.ts';
import { type Row, SqliteEntries } from './sqlite-entries.ts';
import { openSqliteFile, sqliteCode, sqliteCodes } from './sqlite-file.ts';

export interface SqliteStoreOptions {
  /** Entries that each channel keeps. The oldest go, within a second or so; the newest one always stays. */
  readonly maxEvents: number;
  /** Age at which entries go. */
  readonly maxAgeMs: number;
  readonly clock: Clock;
  /** Calls back once what the server is doing now is done: what is appended until then is committed together. */
  readonly soon?: (callback: () => void) => void;
}

/** Time between two looks at what is to be trimmed, and between two steps while there is more. */
const trimEveryMs = 1000;
const trimPauseMs = 10;
/** Time between two looks at whether a file that could not be written can be written again. */
const probeEveryMs = 1000;
/** A page of `readAfter` takes no more entries when it has these. */
const pageCharacters = 4 * 1024 * 1024;

/**
 * Keeps events in a file, which belongs to one process at a time.
 *
 * What `append` has answered survives the death of the process and, as each commit waits for the disk
 * (`synchronous = FULL`), that of the machine. The price is that wait, in which the server does nothing else: about a
 * millisecond on an SSD, some ten on a spinning disk. It is paid once for all appends of one turn of the event loop, so
 * the busier the server, the less of it falls on each event.
 *
 * @throws SettingError, of the setting `store`, when the file cannot be used
 */
export async function openSqliteStore(path: string, options: SqliteStoreOptions): Promise<EventStore> {
  return new SqliteStore(await openSqliteFile(path), options);
}

/** An append that waits for the next commit. */
interface WaitingAppend {
  /** The size of its largest entry. */
  readonly largest: number;
  /** Called within the transaction. @returns what to call once that is committed */
  store(): () => void;
  fail(error: LogUnavailable): void;
}

/** See {@link openSqliteStore}. */
export class SqliteStore implements EventStore {
  readonly #database: DatabaseSync;
  readonly #entries: SqliteEntries;
  readonly #options: SqliteStoreOptions;
  readonly #soon: (callback: () => void) => void;
  readonly #counts = new Map<string, number>();
  #waiting: WaitingAppend[] = [];
  #problem: string | undefined;
  #cancelTrim: () => void;
  #cancelProbe: (() => void) | undefined;
  #closed = false;

  /** @param database as {@link openSqliteFile} gives it */
  constructor(database: DatabaseSync, options: SqliteStoreOptions) {
    this.#database = database;
    this.#entries = new SqliteEntries(database);
    this.#options = options;
    this.#soon = options.soon ?? setImmediate;
    this.#cancelTrim = options.clock.after(trimEveryMs, () => this.#trim());
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  log<Content>(channel: string): EventLog<Content> {
    try {
      this.#counts.set(channel, this.#entries.count(channel));
    } catch (error) {
      throw readError(error);
    }
    const insert = (id: string | undefined, content: string): number =>
      this.#entries.insert(channel, id, this.#options.clock.wallTime(), content);
    return new SqliteLog<Content>(channel, {
      entries: this.#entries,
      insert,
      commitSoon: (append) => this.#commitSoon(append),
      onCommitted: (added) => {
        this.#counts.set(channel, (this.#counts.get(channel) ?? 0) + added);
        this.#hasNoProblem();
      },
      requireOpen: () => {
        if (this.#closed) throw new LogUnavailable('the event log is closed');
      },
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#commit();
    this.#closed = true;
    this.#cancelTrim();
    this.#cancelProbe?.();
    this.#database.close();
  }

  #commitSoon(append: WaitingAppend): void {
    this.#waiting.push(append);
    if (this.#waiting.length === 1) this.#soon(() => this.#commit());
  }

  #commit(): void {
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
    let committed: (() => void)[];
    try {
      committed = this.#entries.inOneTransaction(() => group.map((append) => append.store()));
    } catch (error) {
      const largest = group.reduce((largest, append) => Math.max(largest, append.largest), 0);
      const unavailable = new LogUnavailable(this.#hasProblem(error, largest), { cause: error });
      for (const append of group) append.fail(unavailable);
      return;
    }
    for (const settle of committed) settle();
  }

  /** From now on nothing can be written, until it can. @param bytes what there was no room for */
  #hasProblem(error: unknown, bytes: number): string {
    this.#problem = `the event log cannot be written: ${(error as Error).message}`;
    this.#cancelProbe?.();
    this.#cancelProbe = this.#options.clock.after(probeEveryMs, () => {
      try {
        this.#entries.tryRoom(bytes);
        this.#hasNoProblem();
      } catch (error) {
        this.#hasProblem(error, bytes);
      }
    });
    return this.#problem;
  }

  #hasNoProblem(): void {
    this.#problem = undefined;
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
  }

  #trim(): void {
    const { clock, maxEvents, maxAgeMs } = this.#options;
    let isDone = true;
    try {
      for (const [channel, count] of this.#counts) {
        const step = this.#entries.trim(channel, count - maxEvents, clock.wallTime() - maxAgeMs);
        this.#counts.set(channel, count - step.removed);
        isDone &&= step.isDone;
      }
    } catch (error) {
      this.#hasProblem(error, 0);
    }
    this.#cancelTrim = clock.after(isDone ? trimEveryMs : trimPauseMs, () => this.#trim());
  }
}

/** What a log needs of its store. */
interface LogParts {
  readonly entries: SqliteEntries;
  readonly insert: (id: string | undefined, content: string) => number;
  readonly commitSoon: (append: WaitingAppend) => void;
  readonly onCommitted: (added: number) => void;
  readonly requireOpen: () => void;
}

class SqliteLog<Content> implements EventLog<Content> {
  readonly takesIds = true;
  readonly #channel: string;
  readonly #idPrefix: string;
  readonly #parts: LogParts;
  #reader: LogReader<Content> | undefined;

  constructor(channel: string, parts: LogParts) {
    this.#channel = channel;
    this.#idPrefix = `${channel}-${parts.entries.life}-`;
    this.#parts = parts;
  }

  async open(reader: LogReader<Content>, newest: number): Promise<void> {
    this.#parts.requireOpen();
    const { entries } = this.#parts;
    try {
      for (const row of entries.after(this.#channel, entries.beforeNewest(this.#channel, newest), -1)) {
        const entry = this.#entryOf(row);
        if (entry === undefined) reader.onGap();
        else reader.onEntry(entry);
      }
    } catch (error) {
      throw readError(error);
    }
    this.#reader = reader;
  }

  async append(entries: readonly NewEntry<Content>[]): Promise<readonly string[]> {
    this.#parts.requireOpen();
    // Well-formed, as the file is in UTF-8: an id with half a character would come back as another.
    const given = entries.map(({ content, id }) => ({
      content,
      id: id?.toWellFormed(),
      text: JSON.stringify(content),
    }));
    if (given.some(({ id }) => id?.startsWith(this.#idPrefix))) throw new IdTaken();
    return new Promise((resolve, reject) => {
      this.#parts.commitSoon({
        largest: given.reduce((largest, { text }) => Math.max(largest, text.length), 0),
        store: () => {
          // Looked at before anything is written, so that the others in this transaction are not touched.
          if (this.#hasTaken(given.flatMap(({ id }) => id ?? []))) return () => reject(new IdTaken());
          const stored = given.map(({ content, id, text }) => {
            const seq = this.#parts.insert(id, text);
            return { id: id ?? `${this.#idPrefix}${seq}`, content };
          });
          return () => {
            this.#parts.onCommitted(stored.length);
            for (const entry of stored) this.#reader?.onEntry(entry);
            resolve(stored.map(({ id }) => id));
          };
        },
        fail: reject,
      });
    });
  }

  async readAfter(id: string, limit: number): Promise<readonly LogEntry<Content>[] | undefined> {
    this.#parts.requireOpen();
    try {
      const seq = this.#numberOf(id);
      return seq === undefined ? undefined : this.#page(seq, limit);
    } catch (error) {
      if (sqliteCode(error) === sqliteCodes.corrupt) return undefined;
      throw readError(error);
    }
  }

  #page(seq: number, limit: number): LogEntry<Content>[] | undefined {
    const page: LogEntry<Content>[] = [];
    let characters = 0;
    for (const row of this.#parts.entries.after(this.#channel, seq, limit)) {
      const entry = this.#entryOf(row);
      // The page ends in front of an entry that is damaged; there, nobody knows what came next.
      if (entry === undefined) return page.length === 0 ? undefined : page;
      page.push(entry);
      characters += row.content.length;
      if (characters >= pageCharacters) break;
    }
    return page;
  }

  #hasTaken(ids: readonly string[]): boolean {
    return (
      new Set(ids).size < ids.length || ids.some((id) => this.#parts.entries.numberOf(this.#channel, id) !== undefined)
    );
  }

  #numberOf(id: string): number | undefined {
    const { entries } = this.#parts;
    if (!id.startsWith(this.#idPrefix)) return entries.numberOf(this.#channel, id.toWellFormed());
    const digits = id.slice(this.#idPrefix.length);
    if (!/^[1-9]\d{0,14}$/.test(digits)) return undefined;
    const seq = Number(digits);
    return entries.has(this.#channel, seq) ? seq : undefined;
  }

  /** Undefined when the row is damaged. */
  #entryOf({ seq, publishersId, content }: Row): LogEntry<Content> | undefined {
    try {
      return { id: publishersId ?? `${this.#idPrefix}${seq}`, content: JSON.parse(content) as Content };
    } catch {
      return undefined;
    }
  }
}

function readError(error: unknown): unknown {
  if (sqliteCode(error) === undefined) return error;
  return new LogUnavailable(`the event log cannot be read: ${(error as Error).message}`, { cause: error });
}
