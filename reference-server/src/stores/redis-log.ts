import type { EventLog, LogEntry, LogReader, NewEntry } from '../event-log.ts';
import { type Client, type ConnectionParts, RedisConnection, type Session } from './redis-connection.ts';
import { appendScript, lastIdScript, trimScript } from './redis-scripts.ts';

/** How long Redis is asked to wait for the next entry; between two waits an emptied Redis is noticed, and a hung one. */
const waitMs = 1000;
/** So few that a page comes in time even where each entry is as large as can be. */
const pageEntries = 32;
/** A reader that is behind is given more at a time, so that it catches up with any number of publishers. */
const maxPageEntries = 1024;
const pageCharacters = 2 * 1024 * 1024;

/** Ids as Redis itself writes them; it reads other forms too, which are other ids to a client. */
const idForm = /^(?:0|[1-9]\d{0,14})-(?:0|[1-9]\d{0,14})$/;

/** An entry as Redis has it. */
interface Message {
  readonly id: string;
  readonly message: Readonly<Record<string, string>>;
}

export interface RedisLogParts extends ConnectionParts {
  readonly key: string;
  readonly maxEvents: number;
  readonly maxAgeMs: number;
  /** Asks Redis what it answers at once. */
  readonly ask: <Reply>(say: (client: Client) => Promise<Reply>) => Promise<Reply>;
  /** The same for what changes something. */
  readonly write: <Reply>(say: (client: Client) => Promise<Reply>) => Promise<Reply>;
}

/**
 * One stream of Redis. Whoever appended them, entries reach the reader only from there, so it has them in the order in
 * which every other instance has them; over a connection of its own, as waiting for entries takes all of one.
 */
export class RedisLog<Content> implements EventLog<Content>, Session {
  readonly takesIds = false;
  readonly #parts: RedisLogParts;
  readonly #tail: RedisConnection;
  #reader: LogReader<Content> | undefined;
  /** The entry that the reader was given last. */
  #cursor: string | undefined;
  #pageEntries = pageEntries;

  constructor(parts: RedisLogParts) {
    this.#parts = parts;
    this.#tail = new RedisConnection(parts, this);
  }

  get problem(): string | undefined {
    return this.#tail.problem;
  }

  async open(reader: LogReader<Content>, newest: number): Promise<void> {
    this.#reader = reader;
    const { messages, last } = await this.#newest(newest);
    for (const message of messages) this.#handOver(message);
    this.#cursor = last;
    await this.#tail.start();
  }

  async append(entries: readonly NewEntry<Content>[]): Promise<readonly string[]> {
    if (entries.length === 0) return [];
    const contents = entries.map(({ content }) => JSON.stringify(content));
    const { key, maxEvents, write } = this.#parts;
    const asked = { keys: [key], arguments: [String(maxEvents), ...contents] };
    return (await write((client) => client.eval(appendScript, asked))) as string[];
  }

  async readAfter(id: string, limit: number): Promise<readonly LogEntry<Content>[] | undefined> {
    if (!idForm.test(id)) return undefined;
    const { key, ask } = this.#parts;
    const count = Math.min(limit, pageEntries);
    const page = await ask((client) => client.xRange(key, id, '+', { COUNT: count + 1 }));
    const [first, ...rest] = page ?? [];
    if (first?.id !== id) return undefined;
    const entries: LogEntry<Content>[] = [];
    for (const message of rest) {
      const entry = entryOf<Content>(message);
      const isNext = message.message.after === (entries.at(-1)?.id ?? id);
      // The page ends where one is missing or damaged; there, nobody knows what came next.
      if (entry === undefined || !isNext) return entries.length === 0 ? undefined : entries;
      entries.push(entry);
    }
    return entries;
  }

  /** Removes what is too old, but for the newest: whoever has seen it has missed nothing, and can be told so. */
  async trim(): Promise<void> {
    const { key, maxAgeMs, write } = this.#parts;
    const asked = { keys: [key], arguments: [String(maxAgeMs)] };
    while (((await write((client) => client.eval(trimScript, asked))) as number) > 0);
  }

  close(): void {
    this.#tail.close();
  }

  /** Looks whether what the reader was given last is still part of the log, and starts over if it is not. */
  async begin(): Promise<void> {
    this.#pageEntries = pageEntries;
    const last = await this.#tail.run((client) => client.eval(lastIdScript, { keys: [this.#parts.key] }));
    if (this.#cursor === undefined || (typeof last === 'string' && !isBefore(last, this.#cursor))) return;
    this.#cursor = undefined;
    this.#reader?.onGap();
  }

  /** Hands over what comes next. */
  async step(): Promise<void> {
    const from = { key: this.#parts.key, id: this.#cursor ?? '0-0' };
    const asked = { COUNT: this.#pageEntries, BLOCK: waitMs };
    const streams = await this.#tail.run((client) => client.xRead(from, asked), waitMs);
    const messages: readonly Message[] = streams?.[0]?.messages ?? [];
    for (const message of messages) this.#handOver(message);
    const characters = messages.reduce((sum, { message }) => sum + (message.content?.length ?? 0), 0);
    if (characters > pageCharacters) this.#pageEntries = pageEntries;
    else if (messages.length === this.#pageEntries) this.#pageEntries = Math.min(2 * messages.length, maxPageEntries);
    if (messages.length === 0) await this.begin();
  }

  #handOver(message: Message): void {
    const entry = entryOf<Content>(message);
    const isNext = this.#cursor === undefined || message.message.after === this.#cursor;
    this.#cursor = message.id;
    if (!isNext || entry === undefined) this.#reader?.onGap();
    if (entry !== undefined) this.#reader?.onEntry(entry);
  }

  /** The newest entries, the oldest first, and where the log ends. */
  async #newest(limit: number): Promise<{ messages: readonly Message[]; last: string | undefined }> {
    const { key, ask } = this.#parts;
    const newestFirst: Message[] = [];
    for (let last: string | undefined; ; ) {
      const oldest = newestFirst.at(-1);
      const below = oldest === undefined ? '+' : `(${oldest.id}`;
      const count = Math.min(Math.max(limit - newestFirst.length, 1), pageEntries);
      const page = (await ask((client) => client.xRevRange(key, below, '-', { COUNT: count }))) ?? [];
      last ??= page[0]?.id;
      newestFirst.push(...page);
      if (page.length === 0 || newestFirst.length >= limit) {
        return { messages: newestFirst.slice(0, limit).reverse(), last };
      }
    }
  }
}

/** Undefined when it is damaged. */
function entryOf<Content>({ id, message }: Message): LogEntry<Content> | undefined {
  try {
    return { id, content: JSON.parse(message.content ?? '') as Content };
  } catch {
    return undefined;
  }
}

/** Whether an id of a stream comes before another. */
function isBefore(id: string, other: string): boolean {
  const [ms = 0, count = 0] = id.split('-').map(Number);
  const [otherMs = 0, otherCount = 0] = other.split('-').map(Number);
  return ms < otherMs || (ms === otherMs && count < otherCount);
}
