import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SeenWindow } from './seen-window.ts';

test('first, repeated and overtaken arrivals are told apart, up to 256 behind', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 600 }), { maxLength: 200 }), (arrivals) => {
      const window = new SeenWindow(3);
      const seen = new Set<number>();
      for (const seq of arrivals) {
        const highest = Math.max(-1, ...seen);
        const expected =
          seq > highest ? 'next' : highest - seq >= 256 ? 'old' : seen.has(seq) ? 'duplicate' : 'reordered';
        expect(window.take(1, seq)).toBe(expected);
        seen.add(seq);
        const next = Math.max(...seen) + 1;
        expect(window.next(1)).toBe(next);
        const had = Array.from({ length: next }, (_, one) => one).filter((one) => window.has(1, one));
        expect(had.every((one) => next - one > 256 || seen.has(one))).toBe(true);
        expect(had.length).toBe(Math.max(0, next - 256) + [...seen].filter((one) => next - one <= 256).length);
      }
    }),
  );
});
