import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Exchange } from './exchange.ts';
import { connectionTimeline, MarkLog } from './timeline.ts';

function exchange(more: object): Exchange {
  const request = { method: 'GET', url: new URL('http://localhost/stream?token=hush') };
  return { request, startedAtMs: 1000, log: new MarkLog(), ...more } as unknown as Exchange;
}

describe('the timeline of a connection', () => {
  test('counts its times from the moment when the rule began', () => {
    const log = new MarkLog();
    log.add('publish', 1010.04);
    log.add('event', 1012.16, 'usage');
    log.add('event', 1012.5, 'usage');
    log.add('event', 1012.6);
    log.add('stall', 1020);
    const one = exchange({ headAtMs: 1003, endAtMs: 1030, end: { kind: 'reset', message: 'ECONNRESET' }, log });
    expect(connectionTimeline(one, 990)).toEqual({
      label: 'GET /stream',
      openedAtMs: 10,
      headAtMs: 13,
      closedAtMs: 40,
      end: 'reset',
      marks: [
        { atMs: 20, kind: 'publish' },
        { atMs: 22.2, kind: 'event', label: 'usage', count: 2 },
        { atMs: 22.6, kind: 'event' },
        { atMs: 30, kind: 'stall' },
      ],
    });
  });

  test('says that a connection is open still, and that no header block came', () => {
    expect(connectionTimeline(exchange({}), 1000)).toEqual({
      label: 'GET /stream',
      openedAtMs: 0,
      end: 'open',
      marks: [],
    });
  });

  test('shows no part of a long event type', () => {
    const log = new MarkLog();
    log.add('event', 1001, 'x'.repeat(81));
    expect(connectionTimeline(exchange({ log }), 1000).marks).toMatchObject([{ label: '(81 characters)' }]);
  });

  test('is bounded, and tells how much it leaves out', () => {
    const gapsMs = fc.array(fc.nat(3), { maxLength: 1000 });
    fc.assert(
      fc.property(gapsMs, (gaps) => {
        const log = new MarkLog();
        let now = 1000;
        for (const gap of gaps) {
          now += gap;
          log.add('event', now);
        }
        const { marks, marksLeftOut = 0 } = connectionTimeline(exchange({ log }), 1000);
        const shown = marks.reduce((sum, { count = 1 }) => sum + count, 0);
        expect(marks.length).toBeLessThanOrEqual(200);
        expect(shown + marksLeftOut).toBe(gaps.length);
        expect(marks.at(-1)?.atMs ?? now - 1000).toBeLessThanOrEqual(now - 1000);
      }),
    );
  });
});
