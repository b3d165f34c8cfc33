import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SettingError } from '@ssert/protocol';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ManualClock } from '../../../protocol/testing/manual-clock.ts';
import { eventStoreContract } from '../../testing/event-store-contract.ts';
import { RecordingLogReader } from '../../testing/recording-log-reader.ts';
import { scratchFolder } from '../../testing/scratch-folder.ts';
import { type EventLog, IdTaken, LogUnavailable } from '../event-log.ts';
import { openSqliteFile } from './sqlite-file.ts';
import { openSqliteStore, SqliteStore, type SqliteStoreOptions } from './sqlite-store.ts';

const day = 86_400_000;

function scratchFile(): string {
  return join(scratchFolder(), 'events.sqlite');
}

/** A store on a file, closed when the test is over, with what is below it. */
async function opened(
  path: string,
  options: Partial<SqliteStoreOptions> = {},
): Promise<{
  store: SqliteStore;
  database: DatabaseSync;
  log: EventLog<unknown>;
  reader: RecordingLogReader<unknown>;
}> {
  const database = await openSqliteFile(path);
  const store = new SqliteStore(database, { maxEvents: 1000, maxAgeMs: day, clock: new ManualClock(), ...options });
  onTestFinished(() => store.close());
  const log = store.log<unknown>('events');
  const reader = new RecordingLogReader<unknown>();
  await log.open(reader, 100_000);
  return { store, database, log, reader };
}

/** What a process that dies now leaves behind. */
function crashImage(path: string): string {
  const image = scratchFile();
  copyFileSync(path, image);
  copyFileSync(`${path}-wal`, `${image}-wal`);
  return image;
}

/** Changes a file that nobody has open. */
function edit(path: string, ...statements: string[]): void {
  const database = new DatabaseSync(path);
  for (const statement of statements) database.exec(statement);
  database.close();
}

eventStoreContract(
  'the SQLite store',
  async () => {
    const path = scratchFile();
    let store = await openSqliteStore(path, { maxEvents: 1000, maxAgeMs: day, clock: new ManualClock() });
    onTestFinished(() => store.close());
    return {
      store,
      reopen: async () => {
        await store.close();
        store = await openSqliteStore(path, { maxEvents: 1000, maxAgeMs: day, clock: new ManualClock() });
        return store;
      },
    };
  },
  { durable: true, takesIds: true },
);

describe('appends of one turn', () => {
  test('are committed together, and reach the reader only then', async () => {
    const turns: (() => void)[] = [];
    const { log, reader, database } = await opened(scratchFile(), { soon: (callback) => turns.push(callback) });
    const exec = vi.spyOn(database, 'exec');
    const appends = [1, 2, 3].map((content) => log.append([{ content }]));
    await Promise.resolve();
    expect([turns.length, reader.entries.length]).toEqual([1, 0]);
    turns.shift()?.();
    expect(reader.contents).toEqual([1, 2, 3]);
    expect(exec.mock.calls.flat()).toEqual(['BEGIN IMMEDIATE', 'COMMIT']);
    expect((await Promise.all(appends)).flat()).toEqual(reader.ids);
  });

  test('with a refused one among them leave the others whole', async () => {
    const turns: (() => void)[] = [];
    const { log, reader } = await opened(scratchFile(), { soon: (callback) => turns.push(callback) });
    const appends = [
      log.append([{ content: 'a', id: '1' }]),
      log.append([{ content: 'b' }, { content: 'c', id: '1' }]),
      log.append([{ content: 'd' }, { content: 'e', id: '2' }]),
    ];
    const settled = Promise.allSettled(appends);
    turns.shift()?.();
    expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(appends[1]).rejects.toBeInstanceOf(IdTaken);
    expect(reader.contents).toEqual(['a', 'd', 'e']);
  });
});

describe('a file', () => {
  test('belongs to one process at a time', async () => {
    const path = scratchFile();
    const { store, log } = await opened(path);
    await log.append([{ content: 1 }]);
    const refused = {
      name: 'SettingError',
      setting: 'store',
      value: path,
      allowed: expect.stringContaining('no other'),
    };
    await expect(openSqliteFile(path)).rejects.toMatchObject(refused);
    const other = `import { openSqliteFile } from ${JSON.stringify(join(import.meta.dirname, 'sqlite-file.ts'))};
      await openSqliteFile(process.argv[1]).then(() => console.log('opened'), (error) => console.log(error.message));`;
    const run = (): string =>
      execFileSync(process.execPath, ['--conditions=@ssert/source', '--input-type=module', '-e', other, path], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    expect(run()).toContain('give a file that no other process has open');
    await log.append([{ content: 2 }]);
    await store.close();
    expect(run()).toBe('opened\n');
  });

  test('that is something else is refused', async () => {
    const path = scratchFile();
    writeFileSync(path, 'Dear diary, '.repeat(500));
    await expectRefusal(path, 'this file is something else');
  });

  test("that is another program's database is refused and left as it was", async () => {
    const path = scratchFile();
    edit(path, 'CREATE TABLE entries (id)');
    const before = readFileSync(path);
    await expectRefusal(path, "another program's database");
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('of a later version is refused', async () => {
    const path = scratchFile();
    const { store } = await opened(path);
    await store.close();
    edit(path, 'PRAGMA user_version = 7');
    await expectRefusal(path, 'a newer server: this file is of version 7');
  });

  test('that cannot be written is refused', async () => {
    const folder = scratchFolder();
    await expectRefusal(join(folder, 'none', 'events.sqlite'), 'that this process may write');
    await expectRefusal(folder, 'that this process may write');
  });

  test('that would not be one is refused', async () => {
    await expectRefusal(':memory:', 'the path of a file');
  });

  test('of no bytes is taken for a new one', async () => {
    const path = scratchFile();
    writeFileSync(path, '');
    const { log } = await opened(path);
    await log.append([{ content: 1 }]);
  });

  test('has a life of its own, so that no id comes again in another', async () => {
    const logs = [await opened(scratchFile()), await opened(scratchFile())];
    const ids = await Promise.all(logs.map(({ log }) => log.append([{ content: 1 }])));
    expect(new Set(ids.flat()).size).toBe(2);
    expect(ids.flat()[0]).toMatch(/^events-[0-9a-f]{16}-1$/);
  });

  async function expectRefusal(path: string, allowed: string): Promise<void> {
    const error = await openSqliteFile(path).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(SettingError);
    expect(error).toMatchObject({ setting: 'store', value: path, allowed: expect.stringContaining(allowed) });
  }
});

describe('a full disk', () => {
  /** A store whose file may grow by so many pages. */
  async function nearlyFull(pages: number, options: Partial<SqliteStoreOptions> = {}) {
    const path = scratchFile();
    const parts = await opened(path, options);
    const { page_count: used } = parts.database.prepare('PRAGMA page_count').get() as { page_count: number };
    const allow = (more: number): void => parts.database.exec(`PRAGMA max_page_count = ${used + more}`);
    allow(pages);
    return { path, allow, ...parts };
  }

  test('refuses an append whole, and says so until there is room again', async () => {
    const { log, reader, store, allow } = await nearlyFull(20);
    await log.append([{ content: 'small' }]);
    const large = log.append([{ content: 'x' }, { content: 'x'.repeat(200_000) }]);
    await expect(large).rejects.toBeInstanceOf(LogUnavailable);
    await expect(large).rejects.toThrow('full');
    expect(store.problem).toContain('full');
    expect(reader.contents).toEqual(['small']);
    allow(1000);
    await log.append([{ content: 'y'.repeat(200_000) }]);
    expect(store.problem).toBeUndefined();
    expect(reader.entries.length).toBe(2);
  });

  test('leaves nothing half stored', async () => {
    const { log, reader, store, path } = await nearlyFull(20);
    const contents = Array.from({ length: 40 }, (_, at) => [`${at}`, 'x'.repeat(3000)]);
    const results = [];
    for (const both of contents)
      results.push(...(await Promise.allSettled([log.append(both.map((content) => ({ content })))])));
    expect(results.map(({ status }) => status)).toContain('rejected');
    const kept = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    expect(kept.length).toBeGreaterThan(0);
    expect(reader.ids).toEqual(kept);
    await store.close();
    expect((await opened(path)).reader.entries).toEqual(reader.entries);
  });

  test('is noticed to have room again without an append', async () => {
    const clock = new ManualClock();
    const { log, store, allow, reader, database } = await nearlyFull(20, { clock });
    await expect(log.append([{ content: 'x'.repeat(200_000) }])).rejects.toBeInstanceOf(LogUnavailable);
    clock.advance(5000);
    expect(store.problem).toContain('full');
    allow(1000);
    clock.advance(1000);
    expect(store.problem).toBeUndefined();
    expect(database.prepare('SELECT count(*) AS count FROM room').get()).toEqual({ count: 0 });
    expect(reader.entries).toEqual([]);
  });

  test('gets room when old entries go', async () => {
    const clock = new ManualClock();
    const { log, store } = await nearlyFull(60, { clock, maxEvents: 5 });
    for (let failed = false; !failed; ) {
      failed = await log.append([{ content: 'x'.repeat(10_000) }]).then(
        () => false,
        () => true,
      );
    }
    expect(store.problem).toContain('full');
    clock.advance(2000);
    expect(store.problem).toBeUndefined();
    await log.append([{ content: 'x'.repeat(10_000) }]);
  });
});

describe('a process that dies', () => {
  test('leaves all that was acknowledged', async () => {
    const path = scratchFile();
    const { log, reader } = await opened(path);
    for (let at = 0; at < 50; at += 1) {
      await log.append([{ content: at }]);
      if (at % 7 === 0) expect((await opened(crashImage(path))).reader.entries).toEqual(reader.entries);
    }
    const after = await opened(crashImage(path));
    await after.log.append([{ content: 50 }]);
    expect(after.reader.contents).toEqual(Array.from({ length: 51 }, (_, at) => at));
    expect(new Set(after.reader.ids).size).toBe(51);
  });

  test('in the midst of a commit leaves all that was acknowledged before it', async () => {
    const path = scratchFile();
    const { log, reader } = await opened(path);
    for (let at = 0; at < 5; at += 1) await log.append([{ content: at }]);
    const acknowledged = [...reader.entries];
    const before = statSync(`${path}-wal`).size;
    await log.append([{ content: 'x'.repeat(50_000) }]);
    const after = statSync(`${path}-wal`).size;
    for (const part of [0.01, 0.3, 0.5, 0.99]) {
      const image = crashImage(path);
      truncateSync(`${image}-wal`, before + Math.floor((after - before) * part));
      expect((await opened(image)).reader.entries).toEqual(acknowledged);
    }
    const image = crashImage(path);
    appendFileSync(`${image}-wal`, readFileSync(`${path}-wal`).subarray(0, 6000));
    expect((await opened(image)).reader.entries).toEqual(reader.entries);
  });
});

describe('a damaged entry', () => {
  async function damaged() {
    const path = scratchFile();
    const { log, reader, store } = await opened(path);
    for (let at = 1; at <= 6; at += 1) await log.append([{ content: at }]);
    await store.close();
    edit(path, `UPDATE entries SET content = '{"half' WHERE seq = 4`);
    return { ids: reader.ids, entries: reader.entries, ...(await opened(path)) };
  }

  test('is a gap to the reader, and the others are there', async () => {
    const { reader } = await damaged();
    expect(reader.contents).toEqual([1, 2, 3, 5, 6]);
    expect(reader.gaps).toBe(1);
  });

  test('is never passed over unsaid', async () => {
    const { log: after, ids, entries } = await damaged();
    expect(await after.readAfter(ids[0] ?? '', 10)).toEqual(entries.slice(1, 3));
    expect(await after.readAfter(ids[2] ?? '', 10)).toBeUndefined();
    expect(await after.readAfter(ids[3] ?? '', 10)).toEqual(entries.slice(4));
  });

  test('of which the file itself is damaged is said', async () => {
    const path = scratchFile();
    const { log, reader, store } = await opened(path);
    for (let at = 0; at < 20; at += 1) await log.append([{ content: 'x'.repeat(3000) }]);
    await store.close();
    const bytes = readFileSync(path);
    bytes.fill(0xff, 4096 * 10, 4096 * (bytes.length / 4096 - 2));
    writeFileSync(path, bytes);
    const store2 = new SqliteStore(await openSqliteFile(path), {
      maxEvents: 10,
      maxAgeMs: day,
      clock: new ManualClock(),
    });
    onTestFinished(() => store2.close());
    const log2 = store2.log<unknown>('events');
    await expect(log2.open(new RecordingLogReader(), 100)).rejects.toBeInstanceOf(LogUnavailable);
    expect(await log2.readAfter(reader.ids[0] ?? '', 100)).toBeUndefined();
  });
});

describe('the log is bounded', () => {
  test('by the number of entries of each channel', async () => {
    const clock = new ManualClock();
    const path = scratchFile();
    const { log, store } = await opened(path, { clock, maxEvents: 10 });
    const other = store.log<number>('usage');
    await other.append([{ content: 0 }, { content: 1 }]);
    for (let at = 0; at < 30; at += 1) await log.append([{ content: at }]);
    clock.advance(1000);
    await store.close();
    const again = await opened(path);
    expect(again.reader.contents).toEqual(Array.from({ length: 10 }, (_, at) => at + 20));
    const usage = new RecordingLogReader<number>();
    await again.store.log<number>('usage').open(usage, 10);
    expect(usage.contents).toEqual([0, 1]);
  });

  test('by their age, but for the newest', async () => {
    const clock = new ManualClock();
    const { log, reader } = await opened(scratchFile(), { clock, maxAgeMs: 10_000 });
    await log.append([{ content: 1 }]);
    clock.advance(6000);
    await log.append([{ content: 2 }]);
    clock.advance(6000);
    expect(await log.readAfter(reader.ids[0] ?? '', 10)).toBeUndefined();
    expect(await log.readAfter(reader.ids[1] ?? '', 10)).toEqual([]);
    clock.advance(60_000);
    expect(await log.readAfter(reader.ids[1] ?? '', 10)).toEqual([]);
  });

  test('in small steps', async () => {
    const clock = new ManualClock();
    const { log, database } = await opened(scratchFile(), { clock, maxEvents: 10 });
    await log.append(Array.from({ length: 3000 }, (_, content) => ({ content })));
    const held = (): number =>
      (database.prepare('SELECT count(*) AS count FROM entries').get() as { count: number }).count;
    clock.advance(1000);
    const steps = [held()];
    for (let step = 0; step < 5; step += 1) {
      clock.advance(10);
      steps.push(held());
    }
    expect(steps).toEqual([2500, 2000, 1500, 1000, 500, 10]);
    await log.append(Array.from({ length: 20 }, () => ({ content: 'x'.repeat(2 ** 20) })));
    clock.advance(1000);
    expect(held()).toBe(16);
  });

  test('and no id comes again, also when all are gone', async () => {
    const path = scratchFile();
    const { log, store } = await opened(path);
    const ids = [...(await log.append([{ content: 1 }, { content: 2 }]))];
    await store.close();
    edit(path, 'DELETE FROM entries');
    const again = await opened(path);
    ids.push(...(await again.log.append([{ content: 3 }])));
    expect(new Set(ids).size).toBe(3);
  });

  test("and a publisher's id is free again when its entry is gone", async () => {
    const clock = new ManualClock();
    const { log } = await opened(scratchFile(), { clock, maxEvents: 1 });
    await log.append([{ content: 1, id: 'mine' }]);
    await log.append([{ content: 2 }]);
    clock.advance(1000);
    await log.append([{ content: 3, id: 'mine' }]);
  });
});

test('a page of large entries is short, and the next goes on behind it', async () => {
  const { log, reader } = await opened(scratchFile());
  await log.append([{ content: '' }, ...Array.from({ length: 10 }, () => ({ content: 'x'.repeat(2 ** 20) }))]);
  const page = await log.readAfter(reader.ids[0] ?? '', 100);
  expect(page?.map(({ id }) => id)).toEqual(reader.ids.slice(1, 5));
  expect((await log.readAfter(reader.ids[4] ?? '', 100))?.[0]?.id).toBe(reader.ids[5]);
  await log.append([{ content: 'the page that was left is no obstacle' }]);
});

test('an id with half a character is the one that comes back', async () => {
  const { log, reader } = await opened(scratchFile());
  expect(await log.append([{ content: 1, id: 'a\ud800' }])).toEqual(['a\ufffd']);
  await log.append([{ content: 2 }]);
  expect(reader.ids[0]).toBe('a\ufffd');
  expect((await log.readAfter('a\ufffd', 10))?.length).toBe(1);
});

test('whoever keeps events in memory never loads SQLite', () => {
  const program = `await import(${JSON.stringify(join(import.meta.dirname, '../index.ts'))});
    await import(${JSON.stringify(join(import.meta.dirname, 'sqlite-store.ts'))});
    console.log(process.moduleLoadList.filter((name) => /sqlite/.test(name)).length);`;
  const arguments_ = ['--conditions=@ssert/source', '--input-type=module', '-e', program];
  expect(execFileSync(process.execPath, arguments_, { encoding: 'utf8' })).toBe('0\n');
});
