import { expect, test } from 'vitest';
import { judge, withPlainServer } from '../../../defects/judge-defect.ts';
import { type Behaviour, encodePlainEvent, refusePlainEvent } from '../../../defects/plain-server.ts';
import { byteOrderMark } from './byte-order-mark.ts';

async function judged(behaviour: Partial<Behaviour>): Promise<string> {
  const [result] = await withPlainServer({ behaviour }, (definition) => judge(definition, [byteOrderMark]));
  return `${result?.verdict}: ${result?.message}`;
}

const begins = (data: string): boolean => data.startsWith('\ufeff');

test('data that begins with U+FEFF is said to arrive where some did', async () => {
  expect(await judged({})).toMatch(/^pass: .*; U\+FEFF at the start of data arrives, \d+ times of \d+$/);
});

test('and not where it was refused each time', async () => {
  const refuse: Behaviour['refuse'] = (event, server) =>
    begins(event.data) ? 'data has a mark' : refusePlainEvent(event, server);
  expect(await judged({ refuse })).toMatch(/^pass: .*; data that begins with U\+FEFF is refused, each of \d+$/);
});

test('nor where it was taken and never came', async () => {
  const encode: Behaviour['encode'] = (event) => (begins(event.data) ? '' : encodePlainEvent(event));
  expect(await judged({ encode })).toMatch(/^inconclusive: .* none arrived: see delivery\/any-text-arrives$/);
});
