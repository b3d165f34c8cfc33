import { describe, expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { decodeBy, fitting, json } from './decoding.ts';
import { EventStream } from './event-stream.ts';
import { type UsageRecord, usageSettings } from './usage.ts';

const decodeUsage = decodeBy(usageSettings.decode);
const usage = (data: string) => decodeUsage('usage', data, '7', 'http://server.test');
const record: UsageRecord = { id: 1, creditsUsed: 5, createdAt: '2026-01-01T12:00:00Z' };

describe('the data of a usage event', () => {
  test('is an array of records', () => {
    expect(usage(JSON.stringify([record]))).toMatchObject({ type: 'usage', data: [record], lastEventId: '7' });
  });

  test.each(['{', '{}', '[{}]', '[null]', '[{"id":1.5,"creditsUsed":1,"createdAt":"x"}]'])('is not %s', (data) => {
    expect(usage(data)).toMatchObject({ kind: 'payload', raw: { type: 'usage', data, lastEventId: '7' } });
  });

  test('of another type is text', () => {
    expect(decodeUsage('heartbeat', '{', '', '')).toMatchObject({ type: 'heartbeat', data: '{' });
    expect(decodeUsage('constructor', '{', '', '')).toMatchObject({ data: '{' });
  });
});

describe('a schema of any library', () => {
  const Price = z.object({ price: z.number() });

  test('gives data its type, and refuses what does not fit', () => {
    const stream = new EventStream('http://server.test/', {
      decode: { tick: fitting(Price), note: json<string[]> },
      signal: AbortSignal.abort(),
    });
    stream.addEventListener('tick', ({ data }) => expectTypeOf(data).toEqualTypeOf<{ price: number }>());
    stream.addEventListener('note', ({ data }) => expectTypeOf(data).toEqualTypeOf<string[]>());
    // @ts-expect-error: no such type in the map
    stream.addEventListener('tock', () => {});
    expect(fitting(Price)('{"price":5}')).toEqual({ price: 5 });
    expect(() => fitting(Price)('{"price":"5"}')).toThrow(/expected number/);
    expect(() => fitting(Price)('{')).toThrow(SyntaxError);
  });

  test('that validates asynchronously is refused, as later events would overtake', () => {
    const slow = z.string().refine(async () => true);
    const schema = {
      '~standard': { validate: (value: unknown) => slow.parseAsync(value).then((of) => ({ value: of })) },
    };
    expect(() => fitting(schema)('"a"')).toThrow(/asynchronously/);
  });
});
