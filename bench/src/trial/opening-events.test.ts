import { systemClock } from '@ssert/protocol/system';
import { describe, expect, test, vi } from 'vitest';
import { type ReceiverCounter, receiverCounters } from '../engine/receiver-memory.ts';
import { OpeningEvents } from './opening-events.ts';

const none = Object.fromEntries(receiverCounters.map((name) => [name, 0])) as Record<ReceiverCounter, number>;

/** What each second of a ramp told, and what came of it. */
function ramp(seconds: readonly Partial<Record<ReceiverCounter, number>>[]) {
  const publish = vi.fn(async () => 'accepted' as const);
  const opening = new OpeningEvents({ publish, topics: ['a', 'b'], run: 1, clock: systemClock, tell: () => undefined });
  for (const second of seconds) opening.look({ ...none, ...second });
  return { findings: opening.close(), publish };
}

const waiting = { connected: 20 };

describe('events open streams', () => {
  test('once connections stood for five seconds without a head', () => {
    expect(ramp(Array(4).fill(waiting)).publish).not.toHaveBeenCalled();
    const { findings, publish } = ramp([...Array(5).fill(waiting), { connected: 20, ok: 20, openedByEvents: 20 }]);
    expect(publish.mock.calls).toEqual([
      [expect.stringContaining('@sb1'), 'a'],
      [expect.stringContaining('@sb1'), 'b'],
    ]);
    expect(findings).toMatchObject([{ name: 'withholds', count: 20 }]);
  });

  test('but not of a server that is slow to send heads, and sends some', () => {
    const slow = [1, 2, 3, 4, 5, 6, 7].map((ok) => ({ connected: 20, ok }));
    expect(ramp(slow)).toMatchObject({ findings: [] });
    expect(ramp(slow).publish).not.toHaveBeenCalled();
  });

  test('and a server whose heads came on their own after all is not accused', () => {
    const late = { connected: 20, ok: 20, openedByEvents: 1 };
    expect(ramp([...Array(6).fill(waiting), late]).findings).toEqual([]);
  });

  test('nor is one that refuses all but those who leave before they are answered', () => {
    const refusing = { connected: 20, refused: 17, leftEarly: 3 };
    expect(ramp(Array(9).fill(refusing)).findings).toEqual([]);
  });

  test('nor is one to which nobody could connect', () => {
    expect(ramp(Array(9).fill({ failed: 20 })).findings).toEqual([]);
  });
});
