import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EventReader } from '../../testing/event-reader.ts';
import { post, runningServer } from '../../testing/running-server.ts';
import { scratchFolder } from '../../testing/scratch-folder.ts';
import { startReferenceServer } from '../server.ts';

test('a store that there is not is refused by name', async () => {
  await expect(startReferenceServer({ store: 'disk' })).rejects.toMatchObject({
    name: 'SettingError',
    setting: 'store',
  });
});

test('a store that is refused is named without its password', async () => {
  const refused = startReferenceServer({ store: 'reddis://user:secret@127.0.0.1:6379' });
  await expect(refused).rejects.toThrow(/reddis:\/\/…@127\.0\.0\.1:6379/);
  await expect(refused).rejects.not.toThrow(/secret/);
});

test('a server on a file resumes every stream over a restart, with the records of before as initial data', async () => {
  const store = join(scratchFolder(), 'events.sqlite');
  const first = await runningServer({ store, replayEvents: 2 });
  const reader = await EventReader.open(`${first.url}/events`);
  for (const data of ['a', 'b', 'c', 'd', 'e']) await post(`${first.url}/events`, { data });
  const record = { id: 1, creditsUsed: 5, createdAt: new Date().toISOString() };
  await post(`${first.url}/usage`, record);
  const [a] = await reader.hasEvents(5);
  await first.close();

  const second = await runningServer({ store, replayEvents: 2 });
  const resumed = await EventReader.resume(`${second.url}/events`, a?.id ?? '');
  await post(`${second.url}/events`, { data: 'f' });
  await resumed.hasEvents(5);
  expect(resumed.data).toEqual(['b', 'c', 'd', 'e', 'f']);
  expect(resumed.events.map(({ event }) => event)).not.toContain('reset');
  expect(new Set([...reader.events, ...resumed.events].map(({ id }) => id)).size).toBe(6);
  const usage = await EventReader.open(`${second.url}/usage/stream`);
  const [, initial] = await usage.hasEvents(2);
  expect(JSON.parse(initial?.data ?? '')).toMatchObject([record]);
  for (const reader of [resumed, usage]) reader.leave();
});

test('a file that another server has open is refused', async () => {
  const store = join(scratchFolder(), 'events.sqlite');
  await runningServer({ store });
  await expect(startReferenceServer({ store })).rejects.toThrow('no other process');
});
