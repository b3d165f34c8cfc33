import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimingWheel } from './timing-wheel.ts';

const tickUs = 1000;
const step = fc.oneof(
  fc.record({ set: fc.nat({ max: 9 }), inUs: fc.nat({ max: 20_000_000 }) }),
  fc.record({ drop: fc.nat({ max: 9 }) }),
  fc.record({ byUs: fc.nat({ max: 9_000_000 }) }),
);

test('every stream is told once, when its moment has come and at most a tick later', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let nowUs = 5_000_000;
      const wheel = new TimingWheel(10, nowUs, tickUs);
      const due = new Map<number, number>();
      for (const one of steps) {
        if ('set' in one) {
          wheel.set(one.set, nowUs + one.inUs);
          due.set(one.set, nowUs + one.inUs);
        } else if ('drop' in one) {
          wheel.drop(one.drop);
          due.delete(one.drop);
        } else {
          nowUs += one.byUs;
          wheel.advance(nowUs, (stream, dueUs) => {
            expect(dueUs).toBe(due.get(stream));
            expect(dueUs).toBeLessThanOrEqual(nowUs);
            due.delete(stream);
          });
          for (const dueUs of due.values()) expect(dueUs).toBeGreaterThan(nowUs - 2 * tickUs);
        }
        expect(wheel.pending).toBe(due.size);
      }
    }),
  );
});
