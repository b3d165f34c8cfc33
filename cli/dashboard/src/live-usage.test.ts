import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../protocol/testing/manual-clock.ts';
import { LiveUsage } from './live-usage.ts';
import { ranges } from './ranges.ts';

const [hour] = ranges;

function parts() {
  const clock = new ManualClock();
  const usage = new LiveUsage(hour, clock);
  const common = { origin: 'http://server.test' };
  return {
    clock,
    usage,
    greet: (lastEventId: string) =>
      usage.take({ ...common, type: 'connected', data: { status: 'connected' }, lastEventId }),
    reset: () => usage.take({ ...common, type: 'reset', data: '{}', lastEventId: '1' }),
    records: (...credits: number[]) => {
      const createdAt = new Date(clock.wallTime()).toISOString();
      const data = credits.map((creditsUsed, id) => ({ id, creditsUsed, createdAt, model: 'a' }));
      usage.take({ ...common, type: 'usage', data, lastEventId: '1' });
    },
    credits: () => usage.range.totals().reduce((sum, { credits }) => sum + credits, 0),
  };
}

describe('what the page knows of the usage', () => {
  test('is what the stream brought', () => {
    const { greet, records, credits, usage, clock } = parts();
    greet('');
    records(1, 2);
    records(3);
    expect(credits()).toBe(6);
    clock.advance(1000);
    usage.moveOn();
    expect(usage.creditsPerSecond).toBe(0.6);
  });

  test('stays when the stream resumes, which brings only what was missed', () => {
    const { greet, records, credits } = parts();
    greet('');
    records(1);
    greet('1');
    records(2);
    expect(credits()).toBe(3);
  });

  test('begins anew when a stream does, which brings everything once more', () => {
    const { greet, records, credits, usage } = parts();
    greet('');
    records(1);
    greet('');
    records(1, 2);
    expect(credits()).toBe(3);
    expect(usage.startedOverAtMs).toBeUndefined();
  });

  test('begins anew, and says when, where the log of the server did not reach back', () => {
    const { greet, records, credits, usage, reset, clock } = parts();
    greet('');
    records(1);
    greet('1');
    reset();
    records(2);
    expect(credits()).toBe(2);
    expect(usage.startedOverAtMs).toBe(clock.wallTime());
  });

  test('stands still while it is frozen, and catches up afterwards', () => {
    const { records, credits, usage, clock } = parts();
    records(1);
    usage.freeze(true);
    clock.advance(7_200_000);
    usage.freeze(true);
    usage.moveOn();
    expect(credits()).toBe(1);
    usage.freeze(false);
    usage.moveOn();
    expect(credits()).toBe(0);
  });
});
