import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventStoreContract } from '../../../reference-server/testing/event-store-contract.ts';
import { RecordingLogReader } from '../../../reference-server/testing/recording-log-reader.ts';
import { DiskStore, VirtualDisk } from './disk-store.ts';
import { turn } from './turn.ts';
import { VirtualTime } from './virtual-time.ts';

const time = new VirtualTime();
let over = false;

beforeAll(() => {
  const pass = async (): Promise<void> => {
    while (!over) {
      time.step(Number.POSITIVE_INFINITY);
      await turn();
    }
  };
  void pass();
});
afterAll(() => {
  over = true;
});

eventStoreContract(
  'the store on a virtual disk',
  async () => {
    const disk = new VirtualDisk(time, 2);
    const store = new DiskStore(disk);
    return {
      store,
      reopen: async () => {
        await store.close();
        return new DiskStore(disk);
      },
    };
  },
  { durable: true, takesIds: false },
);

test('what a process had written when it died is there, and nobody was told', async () => {
  const own = new VirtualTime();
  const disk = new VirtualDisk(own, 5);
  const store = new DiskStore(disk);
  let answered = false;
  void store
    .log<string>('events')
    .append([{ content: 'a' }])
    .then(() => {
      answered = true;
    });
  own.step(5);
  await turn();
  store.die();
  const reader = new RecordingLogReader<string>();
  void new DiskStore(disk).log<string>('events').open(reader, 10);
  while (own.step(100)) await turn();
  expect([reader.contents, answered]).toEqual([['a'], false]);
});

test('a disk that does not answer refuses what is asked of it, and says so', async () => {
  const disk = new VirtualDisk(time, 1);
  const store = new DiskStore(disk);
  const log = store.log<string>('events');
  await log.open(new RecordingLogReader(), 0);
  disk.broken = true;
  await expect(log.append([{ content: 'a' }])).rejects.toThrow('the disk does not answer');
  expect(store.problem).toBe('the disk does not answer');
  disk.broken = false;
  expect(await log.append([{ content: 'b' }])).toEqual(['events-1']);
});
