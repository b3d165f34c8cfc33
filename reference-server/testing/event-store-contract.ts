import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EventLog, type EventStore, IdTaken, LogUnavailable } from '../src/event-log.ts';
import { RecordingLogReader } from './recording-log-reader.ts';

/** A store of its own for one test; whoever opens it also sees to it that the last one is closed behind the test. */
export interface StoreUnderTest {
  readonly store: EventStore;
  /** Closes the store and opens what it left, as a server does that was restarted. */
  reopen(): Promise<EventStore>;
}

export interface StoreTraits {
  /** Whether a store that was reopened has what was appended before. */
  readonly durable: boolean;
  /** See {@link EventLog.takesIds}. */
  readonly takesIds: boolean;
}

/** Registers the tests that every event store has to pass: one sentence for each promise of `event-log.ts`. */
export function eventStoreContract(
  name: string,
  open: () => Promise<StoreUnderTest>,
  { durable, takesIds }: StoreTraits,
): void {
  describe(`${name} keeps the promises of an event log`, () => {
    test('it says whether it takes ids, and that all is well', async () => {
      const { store } = await open();
      const { log } = await followed(store);
      expect(log.takesIds).toBe(takesIds);
      expect(store.problem).toBeUndefined();
    });

    test('each entry reaches the reader exactly once, in the order of the appends, under the id of its append', async () => {
      const { store } = await open();
      const { log, reader } = await followed<number>(store);
      const ids: string[] = [];
      for (let at = 0; at < 20; at += 1) ids.push(...(await log.append([{ content: at }])));
      await reader.hasEntries(20);
      expect(reader.entries).toEqual(ids.map((id, at) => ({ id, content: at })));
      expect(reader.gaps).toBe(0);
    });

    test('entries of one append stand together, in their order', async () => {
      const { store } = await open();
      const { log, reader } = await followed<string>(store);
      const ids = await log.append([{ content: 'a' }, { content: 'b' }, { content: 'c' }]);
      await reader.hasEntries(3);
      expect(reader.contents).toEqual(['a', 'b', 'c']);
      expect(reader.ids).toEqual(ids);
    });

    test('appending nothing changes nothing', async () => {
      const { store } = await open();
      const { log, reader } = await followed<string>(store);
      expect(await log.append([])).toEqual([]);
      await log.append([{ content: 'a' }]);
      await reader.hasEntries(1);
      expect(reader.contents).toEqual(['a']);
    });

    test('appends at the same time make one order, which cuts none of them apart', async () => {
      const { store, reopen } = await open();
      const { log, reader } = await followed<string>(store);
      const writers = Array.from({ length: 30 }, (_, writer) => writer);
      const appended = await Promise.all(
        writers.map((writer) => log.append(['x', 'y', 'z'].map((part) => ({ content: `${writer}${part}` })))),
      );
      await reader.hasEntries(90);
      expect(reader.ids.toSorted()).toEqual(appended.flat().toSorted());
      for (const [writer, ids] of appended.entries()) {
        const at = reader.ids.indexOf(ids[0] ?? '');
        expect(reader.entries.slice(at, at + 3)).toEqual(
          ['x', 'y', 'z'].map((part, index) => ({ id: ids[index], content: `${writer}${part}` })),
        );
      }
      if (!durable) return;
      expect(await readAll(log, reader.ids[0] ?? '', 7)).toEqual(reader.entries.slice(1));
      const again = await followed<string>(await reopen());
      expect(again.reader.entries).toEqual(reader.entries);
    });

    test('no two entries of a channel have the same id, also over a restart', async () => {
      const { store, reopen } = await open();
      const first = await followed<number>(store);
      const ids = [...(await first.log.append([{ content: 0 }, { content: 1 }]))];
      ids.push(...(await first.log.append([{ content: 2 }])));
      const second = await followed<number>(await reopen());
      ids.push(...(await second.log.append([{ content: 3 }, { content: 4 }])));
      expect(new Set(ids).size).toBe(5);
      expect(ids).not.toContain('');
    });

    test('two channels do not mix', async () => {
      const { store } = await open();
      const usage = await followed<string>(store, 'usage');
      const events = await followed<string>(store, 'events');
      const [usageId = ''] = await usage.log.append([{ content: 'u1' }]);
      await events.log.append([{ content: 'e1' }]);
      await usage.log.append([{ content: 'u2' }]);
      await events.log.append([{ content: 'e2' }]);
      await usage.reader.hasEntries(2);
      await events.reader.hasEntries(2);
      expect(usage.reader.contents).toEqual(['u1', 'u2']);
      expect(events.reader.contents).toEqual(['e1', 'e2']);
      if (durable) expect((await usage.log.readAfter(usageId, 10))?.map(({ content }) => content)).toEqual(['u2']);
    });

    test('content is any value that JSON carries', async () => {
      const { store, reopen } = await open();
      const contents: unknown[] = [
        null,
        false,
        0,
        '',
        [],
        {},
        'é\u{1f600}\u2028\0\r\n\ud800',
        { a: [{ b: null }] },
        1e300,
      ];
      contents.push(...fc.sample(fc.jsonValue(), { numRuns: 50, seed: 1 }));
      const { log, reader } = await followed<unknown>(store);
      for (const content of contents) await log.append([{ content }]);
      await reader.hasEntries(contents.length);
      expect(reader.contents).toEqual(contents);
      if (!durable) return;
      expect((await readAll(log, reader.ids[0] ?? '', 20)).map(({ content }) => content)).toEqual(contents.slice(1));
      expect((await followed<unknown>(await reopen())).reader.contents).toEqual(contents);
    });

    test('an entry of 1 MiB is like any other', async () => {
      const { store, reopen } = await open();
      const data = 'é"'.repeat(2 ** 20 / 3);
      const { log, reader } = await followed<{ data: string }>(store);
      const [first = '', large = ''] = await log.append([{ content: { data: '' } }, { content: { data } }]);
      await reader.hasEntries(2);
      expect(reader.contents[1]?.data === data).toBe(true);
      if (!durable) return;
      const page = await log.readAfter(first, 5);
      expect(page?.map(({ id }) => id)).toEqual([large]);
      expect(page?.[0]?.content.data === data).toBe(true);
      const again = await followed<{ data: string }>(await reopen());
      expect(again.reader.contents[1]?.data === data).toBe(true);
    });

    test('an id that the log does not hold leads nowhere, whatever it is', async () => {
      const { store } = await open();
      const { log } = await followed<string>(store);
      const [id = ''] = await log.append([{ content: 'a' }]);
      const hostile = [
        '',
        ' ',
        '0',
        '-1',
        '0-0',
        '1-1',
        '$',
        '+',
        '*',
        '\0',
        "'; DROP TABLE entries; --",
        'é',
        '\ud800',
      ];
      for (const unknown of [
        ...hostile,
        `${id}0`,
        `${id} `,
        `0${id}`,
        `${id}-0`,
        'x'.repeat(100_000),
        '9'.repeat(40),
      ]) {
        expect(await log.readAfter(unknown, 10), JSON.stringify(unknown.slice(0, 40))).toBeUndefined();
      }
    });

    test('an append that was under way when the store closed is either there or refused', async () => {
      const { store, reopen } = await open();
      const { log, reader } = await followed<number>(store);
      const appends = Array.from({ length: 20 }, (_, content) => log.append([{ content }]));
      const settled = Promise.allSettled(appends);
      const reopened = await reopen();
      const kept = (await settled).flatMap((result) => {
        if (result.status === 'fulfilled') return result.value;
        expect(result.reason).toBeInstanceOf(LogUnavailable);
        return [];
      });
      if (!durable) return;
      const again = await followed<number>(reopened);
      expect(again.reader.ids.filter((id) => kept.includes(id))).toEqual(kept);
      expect(again.reader.ids.slice(0, reader.ids.length)).toEqual(reader.ids);
    });

    test('what is closed takes nothing more, and closing it again is no error', async () => {
      const { store } = await open();
      const { log, reader } = await followed<string>(store);
      const [id = ''] = await log.append([{ content: 'a' }]);
      await reader.hasEntries(1);
      await store.close();
      await expect(log.append([{ content: 'b' }])).rejects.toBeInstanceOf(LogUnavailable);
      if (durable) await expect(log.readAfter(id, 10)).rejects.toBeInstanceOf(LogUnavailable);
      await store.close();
      expect(reader.contents).toEqual(['a']);
    });

    if (durable) {
      test('a store that is reopened hands over what it holds, and then what comes', async () => {
        const { store, reopen } = await open();
        const before = await followed<number>(store);
        for (let at = 0; at < 10; at += 1) await before.log.append([{ content: at }]);
        await before.reader.hasEntries(10);
        const after = await followed<number>(await reopen());
        expect(after.reader.entries).toEqual(before.reader.entries);
        await after.log.append([{ content: 10 }]);
        await after.reader.hasEntries(11);
        expect(after.reader.contents).toEqual(Array.from({ length: 11 }, (_, at) => at));
        expect(new Set(after.reader.ids).size).toBe(11);
        expect(after.reader.gaps).toBe(0);
      });

      test('of what it holds it hands over the newest, as many as were asked for', async () => {
        const { store, reopen } = await open();
        const { log } = await followed<number>(store);
        for (let at = 0; at < 10; at += 1) await log.append([{ content: at }]);
        const some = await followed<number>(await reopen(), 'events', 3);
        expect(some.reader.contents).toEqual([7, 8, 9]);
        const none = await followed<number>(await reopen(), 'events', 0);
        expect(none.reader.contents).toEqual([]);
        await none.log.append([{ content: 10 }]);
        await none.reader.hasEntries(1);
        expect(none.reader.contents).toEqual([10]);
      });

      test('it is read behind an id in pages, up to the newest', async () => {
        const { store, reopen } = await open();
        const { log, reader } = await followed<number>(store);
        for (let at = 0; at < 25; at += 1) await log.append([{ content: at }]);
        await reader.hasEntries(25);
        const readInPages = async (opened: EventLog<number>): Promise<void> => {
          expect(await opened.readAfter(reader.ids[4] ?? '', 10)).toEqual(reader.entries.slice(5, 15));
          expect(await opened.readAfter(reader.ids[14] ?? '', 10)).toEqual(reader.entries.slice(15, 25));
          expect(await opened.readAfter(reader.ids[23] ?? '', 10)).toEqual(reader.entries.slice(24));
          expect(await opened.readAfter(reader.ids[24] ?? '', 10)).toEqual([]);
        };
        await readInPages(log);
        await readInPages((await followed<number>(await reopen())).log);
      });

      test('what an append has answered can be read at once', async () => {
        const { store } = await open();
        const { log } = await followed<number>(store);
        let [last = ''] = await log.append([{ content: -1 }]);
        for (let at = 0; at < 10; at += 1) {
          const [id = ''] = await log.append([{ content: at }]);
          expect(await log.readAfter(last, 10)).toEqual([{ id, content: at }]);
          last = id;
        }
      });
    } else {
      test('a store that is reopened knows nothing of the life before', async () => {
        const { store, reopen } = await open();
        const before = await followed<number>(store);
        const [id = ''] = await before.log.append([{ content: 1 }]);
        const after = await followed<number>(await reopen());
        expect(after.reader.entries).toEqual([]);
        expect(await after.log.append([{ content: 2 }])).not.toContain(id);
        expect(await after.log.readAfter(id, 10)).toBeUndefined();
      });
    }

    if (takesIds) {
      test('publishers may give ids, among those that the log assigns', async () => {
        const { store, reopen } = await open();
        const { log, reader } = await followed<number>(store);
        const given = ['mine', '7', 'é\u{1f600}', "it's", '-', 'a b'];
        for (const [content, id] of given.entries()) expect(await log.append([{ content, id }])).toEqual([id]);
        const [assigned = ''] = await log.append([{ content: 6 }]);
        await reader.hasEntries(7);
        expect(reader.ids).toEqual([...given, assigned]);
        if (!durable) return;
        expect((await log.readAfter('7', 10))?.map(({ id }) => id)).toEqual([...given.slice(2), assigned]);
        expect((await followed<number>(await reopen())).reader.entries).toEqual(reader.entries);
      });

      test('an id of the form that the log assigns is refused, and with it all of its append', async () => {
        const { store } = await open();
        const { log, reader } = await followed<string>(store);
        const [assigned = ''] = await log.append([{ content: 'a' }]);
        for (const id of [assigned, nextId(assigned), nextId(nextId(assigned))]) {
          await expect(log.append([{ content: 'b' }, { content: 'c', id }]), id).rejects.toBeInstanceOf(IdTaken);
        }
        const [next] = await log.append([{ content: 'd' }]);
        await reader.hasEntries(2);
        expect(reader.contents).toEqual(['a', 'd']);
        if (durable) expect(await log.readAfter(assigned, 10)).toEqual([{ id: next, content: 'd' }]);
      });

      test('an id twice in one append is refused', async () => {
        const { store } = await open();
        const { log, reader } = await followed<string>(store);
        const twice = ['a', 'b'].map((content) => ({ content, id: 'mine' }));
        await expect(log.append(twice)).rejects.toBeInstanceOf(IdTaken);
        await log.append([{ content: 'c', id: 'mine' }]);
        await reader.hasEntries(1);
        expect(reader.contents).toEqual(['c']);
      });

      test('an id may stand in two channels', async () => {
        const { store } = await open();
        for (const channel of ['usage', 'events']) {
          const { log } = await followed<string>(store, channel);
          expect(await log.append([{ content: channel, id: 'mine' }])).toEqual(['mine']);
        }
      });
    }

    if (takesIds && durable) {
      test('an id that the log holds is refused, and with it all of its append but no other', async () => {
        const { store, reopen } = await open();
        const { log, reader } = await followed<string>(store);
        await log.append([{ content: 'a', id: 'mine' }]);
        const [before, taken, after] = await Promise.allSettled([
          log.append([{ content: 'b' }]),
          log.append([{ content: 'c' }, { content: 'd', id: 'mine' }]),
          log.append([{ content: 'e' }]),
        ]);
        expect(taken).toEqual({ status: 'rejected', reason: expect.any(IdTaken) });
        expect([before.status, after.status]).toEqual(['fulfilled', 'fulfilled']);
        await reader.hasEntries(3);
        expect(reader.contents).toEqual(['a', 'b', 'e']);
        const again = await followed<string>(await reopen());
        expect(again.reader.entries).toEqual(reader.entries);
        await expect(again.log.append([{ content: 'f', id: 'mine' }])).rejects.toBeInstanceOf(IdTaken);
      });

      test('of two appends at the same time with one id, one is refused', async () => {
        const { store } = await open();
        const { log, reader } = await followed<string>(store);
        const results = await Promise.allSettled(
          ['a', 'b', 'c'].map((content) => log.append([{ content, id: 'mine' }])),
        );
        expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected', 'rejected']);
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(IdTaken);
        }
        await reader.hasEntries(1);
        expect(reader.ids).toEqual(['mine']);
      });
    }
  });
}

/** The log of a channel with a reader that has what the log held. */
async function followed<Content>(
  store: EventStore,
  channel = 'events',
  newest = 1000,
): Promise<{ log: EventLog<Content>; reader: RecordingLogReader<Content> }> {
  const log = store.log<Content>(channel);
  const reader = new RecordingLogReader<Content>();
  await log.open(reader, newest);
  return { log, reader };
}

/** All that is behind an id, page by page. */
async function readAll<Content>(
  log: EventLog<Content>,
  id: string,
  limit: number,
): Promise<{ id: string; content: Content }[]> {
  const all: { id: string; content: Content }[] = [];
  for (let last = id; ; ) {
    const page = await log.readAfter(last, limit);
    if (page === undefined) throw new Error(`the log holds no ${last}`);
    if (page.length > limit) throw new Error(`${page.length} entries where ${limit} were asked for`);
    all.push(...page);
    const newest = page.at(-1);
    if (newest === undefined) return all;
    last = newest.id;
  }
}

/** The id that a log which counts assigns next. */
function nextId(id: string): string {
  return id.replace(/\d+$/, (count) => String(Number(count) + 1));
}
