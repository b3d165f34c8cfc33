import type { UsageRecord } from './usage-record.ts';

/** The latest records in memory, in the order they came; the oldest to come go first. */
export class UsageStore {
  readonly #maxRecords: number;
  #records: UsageRecord[] = [];
  /** How many records came before the first in the array. */
  #forgotten = 0;

  constructor(maxRecords: number) {
    this.#maxRecords = maxRecords;
  }

  add(records: readonly UsageRecord[]): void {
    for (const record of records) this.#records.push(record);
    // Cut only when half is surplus, so that one record costs the same however many are stored.
    if (this.#records.length < 2 * this.#maxRecords) return;
    const surplus = this.#records.length - this.#maxRecords;
    this.#records = this.#records.slice(surplus);
    this.#forgotten += surplus;
  }

  /**
   * Records created at `sinceMs` (milliseconds since 1970) or later, of those stored when this is called. They are
   * read as the caller goes on; what is forgotten meanwhile is left out.
   */
  since(sinceMs: number): Iterable<UsageRecord> {
    const end = this.#forgotten + this.#records.length;
    return this.#between(Math.max(this.#forgotten, end - this.#maxRecords), end, sinceMs);
  }

  *#between(start: number, end: number, sinceMs: number): Generator<UsageRecord> {
    for (let position = start; position < end; position += 1) {
      const record = this.#records[position - this.#forgotten];
      if (record !== undefined && Date.parse(record.createdAt) >= sinceMs) yield record;
    }
  }
}
