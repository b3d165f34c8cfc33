import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resolveReconnect } from './settings.ts';
import { retryAfterMs, waitMs } from './waiting.ts';

describe('the wait before the next try', () => {
  test('is never shorter than the reconnection time, nor falls with more failures, and stays a number', () => {
    fc.assert(
      fc.property(
        fc.record({
          retryMs: fc.option(fc.nat(100_000), { nil: undefined }),
          failures: fc.nat(5000),
          retryAfterMs: fc.option(fc.nat(100_000), { nil: undefined }),
        }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.double({ min: 0, max: 2, noNaN: true }),
        (input, chance, jitter) => {
          const reconnect = resolveReconnect({ jitter });
          const wait = waitMs(input, reconnect, { next: () => chance });
          const next = waitMs({ ...input, failures: input.failures + 1 }, reconnect, { next: () => chance });
          const base = Math.max(input.retryMs ?? reconnect.initial, input.retryAfterMs ?? 0);
          expect(wait).toBeGreaterThanOrEqual(base);
          expect(wait).toBeLessThanOrEqual(Math.max(base, reconnect.max) * (1 + jitter) + 1e-6);
          expect(next).toBeGreaterThanOrEqual(wait);
        },
      ),
    );
  });

  test('grows also where the server asks for none, and stays a number after a thousand failures', () => {
    const reconnect = resolveReconnect();
    const wait = (failures: number) =>
      waitMs({ retryMs: 0, failures, retryAfterMs: undefined }, reconnect, { next: () => 0 });
    expect([0, 1, 10, 1024].map(wait)).toEqual([0, 2, 1024, 30_000]);
  });

  test('is the server’s where that asks for more than the maximum', () => {
    const reconnect = resolveReconnect({ max: 5000 });
    const input = { retryMs: 60_000, failures: 9, retryAfterMs: undefined };
    expect(waitMs(input, reconnect, { next: () => 0 })).toBe(60_000);
  });
});

test.each([
  ['7', 7000],
  [' 0 ', 0],
  ['Thu, 01 Jan 2026 12:00:05 GMT', 5000],
  ['Thu, 01 Jan 2026 11:00:00 GMT', 0],
  ['soon', undefined],
  [null, undefined],
])('Retry-After %j is %j ms', (field, expected) => {
  expect(retryAfterMs(field, Date.parse('2026-01-01T12:00:00Z'))).toBe(expected);
});
