import { expect, test } from 'vitest';
import { Silence } from './silence.ts';

test('a silence that nobody needs is over as soon as it is asked for', async () => {
  await expect(new Silence().nobodyNeedsIt()).resolves.toBeUndefined();
});

test('a silence lasts until the last one has released it', async () => {
  const silence = new Silence<string>();
  silence.need('a');
  silence.need('b');
  let over = false;
  const waiting = silence.nobodyNeedsIt().then(() => {
    over = true;
  });
  silence.release('a');
  silence.release('a');
  await Promise.resolve();
  expect(over).toBe(false);
  silence.release('b');
  await waiting;
});

test('an end that comes early frees those who wait', async () => {
  const silence = new Silence<string>();
  silence.need('a');
  silence.end();
  await Promise.all([silence.nobodyNeedsIt(), silence.over]);
});
