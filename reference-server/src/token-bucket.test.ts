import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ManualClock } from '../../protocol/testing/manual-clock.ts';
import { TokenBucket } from './token-bucket.ts';

test('a burst may be taken at once, and one more when its time has come', () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(clock, 10, 3);
  expect([1, 1, 1, 1].map((count) => bucket.take(count))).toEqual([0, 0, 0, 100]);
  clock.advance(99);
  expect(bucket.take(1)).toBeCloseTo(1);
  clock.advance(1);
  expect([bucket.take(1), bucket.take(1)]).toEqual([0, 100]);
});

test('several are taken together or not at all', () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(clock, 2, 10);
  expect([bucket.take(8), bucket.take(5), bucket.take(2)]).toEqual([0, 1500, 0]);
});

test('what is not taken is not saved beyond the burst', () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(clock, 100, 5);
  clock.advance(3_600_000);
  expect([bucket.take(5), bucket.take(1)]).toEqual([0, 10]);
});

test('whoever waits to the millisecond is served, though the tokens were added up in fractions', () => {
  const clock = new ManualClock();
  const bucket = new TokenBucket(clock, 10, 11);
  bucket.take(2);
  bucket.take(9);
  clock.advance(16);
  clock.advance(bucket.take(2));
  expect(bucket.take(2)).toBe(0);
});

test('whoever waits as long as told is served, and nobody gets more than the rate and one burst', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 100 }),
      fc.array(fc.tuple(fc.nat(50), fc.integer({ min: 1, max: 10 })), { maxLength: 200 }),
      (perSecond, extra, asked) => {
        const clock = new ManualClock();
        const burst = 10 + extra;
        const bucket = new TokenBucket(clock, perSecond, burst);
        let taken = 0;
        for (const [pauseMs, count] of asked) {
          clock.advance(pauseMs);
          const waitMs = bucket.take(count);
          if (waitMs > 0) {
            clock.advance(Math.ceil(waitMs));
            expect(bucket.take(count)).toBe(0);
          }
          taken += count;
          expect(taken).toBeLessThanOrEqual(burst + (clock.now() / 1000) * perSecond + 1e-6);
        }
      },
    ),
  );
});
