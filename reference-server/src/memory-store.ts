import type { Clock, Random } from '@ssert/protocol';
import {
  type EventLog,
  type EventStore,
  IdTaken,
  type LogEntry,
  type LogReader,
  LogUnavailable,
  type NewEntry,
} from './event-log.ts';

/** Keeps nothing beyond what the channels hold in memory themselves: a restart forgets it. */
export class MemoryStore implements EventStore {
  readonly problem: string | undefined = undefined;
  readonly #life: string;
  #closed = false;

  /** @param life unlike that of every other store, so that no id resumes elsewhere */
  constructor(life: string) {
    this.#life = life;
  }

  /** A store unlike every other: chance beside the time, as the wall clock may be set back between two lives. */
  static fresh(clock: Clock, random: Random): MemoryStore {
    return new MemoryStore(
      Math.floor(clock.wallTime()).toString(36) + Math.floor(random.next() * 36 ** 4).toString(36),
    );
  }

  log<Content>(channel: string): EventLog<Content> {
    return new MemoryLog<Content>(`${channel}-${this.#life}-`, () => this.#closed);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

class MemoryLog<Content> implements EventLog<Content> {
  readonly takesIds = true;
  readonly #idPrefix: string;
  readonly #isClosed: () => boolean;
  #appended = 0;
  #reader: LogReader<Content> | undefined;

  constructor(idPrefix: string, isClosed: () => boolean) {
    this.#idPrefix = idPrefix;
    this.#isClosed = isClosed;
  }

  async open(reader: LogReader<Content>): Promise<void> {
    this.#reader = reader;
  }

  async append(entries: readonly NewEntry<Content>[]): Promise<readonly string[]> {
    if (this.#isClosed()) throw new LogUnavailable('the store is closed');
    const given = entries.flatMap(({ id }) => id ?? []);
    if (given.some((id) => id.startsWith(this.#idPrefix)) || new Set(given).size < given.length) throw new IdTaken();
    return entries.map(({ content, id: given }) => {
      this.#appended += 1;
      const id = given ?? `${this.#idPrefix}${this.#appended}`;
      this.#reader?.onEntry({ id, content });
      return id;
    });
  }

  /** Of what the channel has forgotten nothing is left. */
  async readAfter(): Promise<readonly LogEntry<Content>[] | undefined> {
    return undefined;
  }
}
