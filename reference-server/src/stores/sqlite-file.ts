import type { DatabaseSync } from 'node:sqlite';
import { SettingError } from '@ssert/protocol';

/** Marks a file as one of ours ("SSEL"), so that no other program's database is taken for an event log. */
const applicationId = 0x5353454c;
const schemaVersion = 1;

/**
 * `store` names the file's life: a random text that all ids of its entries carry. AUTOINCREMENT, so that a number never
 * comes again, whatever was deleted. `room` is empty but for the moment in which it is found out whether the disk has
 * room again.
 */
const schema = `
  CREATE TABLE store (life TEXT NOT NULL) STRICT;
  INSERT INTO store VALUES (lower(hex(randomblob(8))));
  CREATE TABLE entries (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    publishers_id TEXT,
    stored_at_ms INTEGER NOT NULL,
    content TEXT NOT NULL
  ) STRICT;
  CREATE INDEX entries_of_channel ON entries (channel);
  CREATE UNIQUE INDEX publishers_ids ON entries (channel, publishers_id) WHERE publishers_id IS NOT NULL;
  CREATE TABLE room (filler BLOB NOT NULL) STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

/** SQLite's primary result codes that are told apart here. */
export const sqliteCodes = { busy: 5, readOnly: 8, corrupt: 11, full: 13, cannotOpen: 14, notADatabase: 26 } as const;

/** SQLite's primary result code; undefined for an error that is not SQLite's. */
export function sqliteCode(error: unknown): number | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  return code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' ? errcode & 0xff : undefined;
}

/**
 * Opens an event log's file, or makes one. While it is open it belongs to this process alone, and the lock goes with
 * the process however that ends.
 * @throws SettingError when the file cannot be used
 */
export async function openSqliteFile(path: string): Promise<DatabaseSync> {
  // Loaded here, as it comes with a warning on older versions of Node that users of other stores need not see.
  const { DatabaseSync } = await import('node:sqlite');
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 0 });
    prepare(database, path);
    return database;
  } catch (error) {
    if (database?.isOpen) database.close();
    const allowed = whatToGive(error);
    throw allowed === undefined ? error : new SettingError('store', path, allowed);
  }
}

function prepare(database: DatabaseSync, path: string): void {
  const pragma = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  // Set before the file is first read: the lock is then never given back, and needs no file beside this one.
  database.exec('PRAGMA locking_mode = EXCLUSIVE');
  const isNew = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
  if (!isNew && pragma('application_id') !== applicationId) {
    throw new SettingError('store', path, "a file of this server: this one is another program's database");
  }
  const version = pragma('user_version');
  if (!isNew && version !== schemaVersion) {
    const allowed = `a file of version ${schemaVersion}, or a newer server: this file is of version ${version}`;
    throw new SettingError('store', path, allowed);
  }
  if (pragma('journal_mode = WAL') !== 'wal') {
    throw new SettingError('store', path, 'the path of a file: this is kept in memory');
  }
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA journal_size_limit = 16777216');
  database.exec(`BEGIN EXCLUSIVE; ${isNew ? schema : 'DELETE FROM room;'} COMMIT`);
}

function whatToGive(error: unknown): string | undefined {
  switch (sqliteCode(error)) {
    case undefined:
      return undefined;
    case sqliteCodes.busy:
      return 'a file that no other process has open';
    case sqliteCodes.cannotOpen:
    case sqliteCodes.readOnly:
      return 'the path of a file that this process may write, in a folder that there is';
    case sqliteCodes.full:
      return 'a file on a disk that has room';
    case sqliteCodes.notADatabase:
      return 'an SQLite file, or a path where there is none yet: this file is something else';
    default:
      return `a file that SQLite can read and write: ${(error as Error).message}`;
  }
}
