import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../../../protocol/testing/manual-clock.ts';
import { RecordingLogReader } from '../../testing/recording-log-reader.ts';
import { scratchFolder } from '../../testing/scratch-folder.ts';
import type { EventLog } from '../event-log.ts';
import { openSqliteFile } from './sqlite-file.ts';
import { SqliteStore } from './sqlite-store.ts';

const channels = ['events', 'usage'] as const;

type Step =
  | {
      readonly kind: 'append';
      readonly channel: (typeof channels)[number];
      readonly count: number;
      readonly given: boolean;
    }
  | { readonly kind: 'pass'; readonly timeMs: number }
  | { readonly kind: 'reopen'; readonly newest: number }
  | {
      readonly kind: 'read';
      readonly channel: (typeof channels)[number];
      readonly back: number;
      readonly limit: number;
    };

const channel = fc.constantFrom(...channels);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('append'),
      channel,
      count: fc.integer({ min: 0, max: 12 }),
      given: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass'), timeMs: fc.integer({ min: 1, max: 4000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen'), newest: fc.nat(30) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('read'),
      channel,
      back: fc.nat(40),
      limit: fc.integer({ min: 1, max: 15 }),
    }),
  },
);

/** All that was ever appended to a channel. */
interface Model {
  readonly all: { readonly id: string; readonly content: number; readonly atMs: number }[];
}

test('whatever goes, the log is the latest part of a plain array, and holds what its bounds promise', async () => {
  const folder = scratchFolder();
  let files = 0;
  const bounds = fc.record({
    maxEvents: fc.integer({ min: 1, max: 20 }),
    maxAgeMs: fc.integer({ min: 1, max: 10_000 }),
  });
  await fc.assert(
    fc.asyncProperty(bounds, fc.array(step, { maxLength: 40 }), async ({ maxEvents, maxAgeMs }, steps) => {
      files += 1;
      const path = join(folder, `${files}.sqlite`);
      const clock = new ManualClock();
      const models: Record<string, Model> = { events: { all: [] }, usage: { all: [] } };
      const logs: Record<string, EventLog<number>> = {};
      let store: SqliteStore | undefined;

      const reopen = async (newest: number): Promise<void> => {
        await store?.close();
        const database = await openSqliteFile(path);
        // What is looked at here does not depend on the disk, so nobody needs to wait for it.
        database.exec('PRAGMA synchronous = OFF');
        store = new SqliteStore(database, { maxEvents, maxAgeMs, clock, soon: (callback) => callback() });
        for (const name of channels) {
          const log = store.log<number>(name);
          const reader = new RecordingLogReader<number>();
          await log.open(reader, newest);
          logs[name] = log;
          const { all = [] } = models[name] ?? {};
          const handed = reader.entries.length;
          expect(reader.entries).toEqual(all.slice(all.length - handed).map(({ id, content }) => ({ id, content })));
          expect(handed).toBeGreaterThanOrEqual(Math.min(newest, promised(all)));
          expect(handed).toBeLessThanOrEqual(newest);
        }
      };
      /** How many of the newest entries the bounds do not touch, and did not so long ago. */
      const promised = (all: Model['all'], agoMs = 0): number => {
        const young = all.filter(({ atMs }) => atMs > clock.wallTime() - agoMs - maxAgeMs).length;
        return Math.min(all.length, Math.max(1, Math.min(young, maxEvents)));
      };
      const read = async (name: string, at: number, limit: number): Promise<boolean> => {
        const { all = [] } = models[name] ?? {};
        const entry = all[at];
        if (entry === undefined) return false;
        const page = await logs[name]?.readAfter(entry.id, limit);
        if (page === undefined) return false;
        expect(page).toEqual(all.slice(at + 1, at + 1 + limit).map(({ id, content }) => ({ id, content })));
        return true;
      };

      await reopen(0);
      for (const [number, step] of steps.entries()) {
        switch (step.kind) {
          case 'append': {
            const { all = [] } = models[step.channel] ?? {};
            const entries = Array.from({ length: step.count }, (_, at) => ({
              content: all.length + at,
              id: step.given && at % 2 === 0 ? `${number}.${at}` : undefined,
            }));
            const ids = (await logs[step.channel]?.append(entries)) ?? [];
            const atMs = clock.wallTime();
            all.push(...ids.map((id, at) => ({ id, content: entries[at]?.content ?? -1, atMs })));
            break;
          }
          case 'pass':
            clock.advance(step.timeMs);
            break;
          case 'reopen':
            await reopen(step.newest);
            break;
          case 'read': {
            const { all = [] } = models[step.channel] ?? {};
            const at = all.length - 1 - step.back;
            const found = await read(step.channel, at, step.limit);
            if (at >= 0 && step.back < promised(all)) expect(found).toBe(true);
          }
        }
      }
      clock.advance(2000);
      for (const name of channels) {
        const { all = [] } = models[name] ?? {};
        const held: boolean[] = [];
        for (const at of all.keys()) held.push(await read(name, at, 100));
        const count = held.filter((isHeld) => isHeld).length;
        expect(held.slice(all.length - count)).not.toContain(false);
        expect(count).toBeGreaterThanOrEqual(promised(all));
        expect(count).toBeLessThanOrEqual(promised(all, 1500));
      }
      const ids = Object.values(models).flatMap(({ all }) =>
        all.filter(({ id }) => id.includes('-')).map(({ id }) => id),
      );
      expect(new Set(ids).size).toBe(ids.length);
      await store?.close();
    }),
    { numRuns: 100 },
  );
});
