import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plantedDefects } from './defects.ts';
import { findDefect } from './find-defect.ts';

/** One of each part; `npm run simulate:defects` plants them all. */
const few = [
  'live events are handed to streams that still take their opening',
  'a resume repeats the event that it names',
  'the listener of a body that was cancelled stays',
  'the reconnection time of the server is not taken over',
];

test('each defect can be planted: what it replaces stands once in its file', () => {
  const root = join(import.meta.dirname, '../..');
  const times = ({ file, find }: (typeof plantedDefects)[number]): number =>
    readFileSync(join(root, file), 'utf8').split(find).length - 1;
  expect(plantedDefects.filter((defect) => times(defect) !== 1).map(({ name }) => name)).toEqual([]);
});

test.each(few)('%s: the simulation notices', async (name) => {
  const defect = plantedDefects.find((one) => one.name === name);
  if (defect === undefined) throw new Error('no such defect');
  expect((await findDefect(defect, 300)).found).toBeDefined();
});

test('nothing is noticed where nothing is wrong: a defect that makes no difference', async () => {
  const harmless = {
    name: 'none',
    part: 'hub',
    file: 'reference-server/src/hub.ts',
    find: '#errors = 0;',
    replace: '#errors = 0 + 0;',
  } as const;
  expect(await findDefect(harmless, 20)).toMatchObject({ found: undefined, seed: 20 });
});
