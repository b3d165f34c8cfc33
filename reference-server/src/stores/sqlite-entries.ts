import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** An entry as the file holds it. */
export interface Row {
  readonly seq: number;
  /** The id that its publisher gave; null where the log's own is made from `seq`. */
  readonly publishersId: string | null;
  readonly content: string;
}

/** Rows that are looked at for one step of trimming, and the bytes that it may free. */
const stepRows = 500;
const stepBytes = 4 * 1024 * 1024;

/** What is said to the file, in SQL. */
export class SqliteEntries {
  /** Unlike that of every other file. */
  readonly life: string;
  readonly #database: DatabaseSync;
  readonly #statements: Statements;

  constructor(database: DatabaseSync) {
    this.#database = database;
    const prepared = Object.entries(sql).map(([name, text]) => [name, database.prepare(text)]);
    this.#statements = Object.fromEntries(prepared) as Statements;
    const { life } = database.prepare('SELECT life FROM store').get() as { life: string };
    this.life = life;
  }

  /** All that `work` writes, or nothing when it or the commit throws. */
  inOneTransaction<Result>(work: () => Result): Result {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // SQLite itself rolls back after some errors, such as a full disk.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  /** @returns the entry's number, above all that were ever there */
  insert(channel: string, publishersId: string | undefined, storedAtMs: number, content: string): number {
    const { insert } = this.#statements;
    return Number(insert.run(channel, publishersId ?? null, Math.floor(storedAtMs), content).lastInsertRowid);
  }

  /** The number of the entry that has this publisher's id. */
  numberOf(channel: string, publishersId: string): number | undefined {
    const row = this.#statements.byPublishersId.get(channel, publishersId) as { seq: number } | undefined;
    return row?.seq;
  }

  /** Whether there is an entry of this number with an id of the log's own. */
  has(channel: string, seq: number): boolean {
    return this.#statements.bySeq.get(channel, seq) !== undefined;
  }

  /** Entries behind one, the oldest first. Nothing may be written until all are taken or the generator is left. */
  after(channel: string, seq: number, limit: number): Iterable<Row> {
    return this.#statements.after.iterate(channel, seq, limit) as unknown as Iterable<Row>;
  }

  /** The number behind which the newest so many entries stand. */
  beforeNewest(channel: string, newest: number): number {
    const row = this.#statements.fromNewest.get(channel, newest) as { seq: number } | undefined;
    return row?.seq ?? 0;
  }

  count(channel: string): number {
    return (this.#statements.count.get(channel) as { count: number }).count;
  }

  /**
   * Removes some of the oldest entries, so few that it does not take long: those that are surplus, and those that were
   * stored before a moment.
   * @returns how many went, and whether more are to go
   */
  trim(channel: string, surplus: number, storedBeforeMs: number): { removed: number; isDone: boolean } {
    const oldest = this.#statements.oldest.all(channel, channel, stepRows) as unknown as OldRow[];
    let removed = 0;
    let bytes = 0;
    while (removed < oldest.length && bytes < stepBytes) {
      const row = oldest[removed] as OldRow;
      if (removed >= surplus && row.storedAtMs >= storedBeforeMs) break;
      bytes += row.bytes;
      removed += 1;
    }
    const last = oldest[removed - 1];
    if (last === undefined) return { removed: 0, isDone: true };
    this.#statements.removeUpTo.run(channel, last.seq);
    return { removed, isDone: removed < oldest.length && bytes < stepBytes };
  }

  /** @throws when an entry of this size could not be stored */
  tryRoom(bytes: number): void {
    this.#database.exec('DELETE FROM room');
    this.#statements.fillRoom.run(bytes);
    this.#database.exec('DELETE FROM room');
  }
}

interface OldRow {
  readonly seq: number;
  readonly storedAtMs: number;
  readonly bytes: number;
}

type Statements = Readonly<Record<keyof typeof sql, StatementSync>>;

const columns = 'seq, publishers_id AS publishersId, content';

const sql = {
  insert: 'INSERT INTO entries (channel, publishers_id, stored_at_ms, content) VALUES (?, ?, ?, ?)',
  byPublishersId: 'SELECT seq FROM entries WHERE channel = ? AND publishers_id = ?',
  bySeq: 'SELECT 1 FROM entries WHERE channel = ? AND seq = ? AND publishers_id IS NULL',
  after: `SELECT ${columns} FROM entries WHERE channel = ? AND seq > ? ORDER BY seq LIMIT ?`,
  fromNewest: 'SELECT seq FROM entries WHERE channel = ? ORDER BY seq DESC LIMIT 1 OFFSET ?',
  count: 'SELECT count(*) AS count FROM entries WHERE channel = ?',
  // The newest always stays: whoever has seen it has missed nothing, and can be told so.
  oldest: `SELECT seq, stored_at_ms AS storedAtMs, octet_length(content) AS bytes FROM entries
    WHERE channel = ? AND seq < (SELECT max(seq) FROM entries WHERE channel = ?) ORDER BY seq LIMIT ?`,
  removeUpTo: 'DELETE FROM entries WHERE channel = ? AND seq <= ?',
  fillRoom: 'INSERT INTO room VALUES (zeroblob(?))',
};
