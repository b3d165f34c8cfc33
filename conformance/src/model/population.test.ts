import { population, populations } from '@ssert/simulator';
import { describe, expect, test } from 'vitest';
import { complaintAboutCommand, inWords } from './command.ts';
import { commandsOf, type PlannedClient } from './population.ts';

const stays: PlannedClient = {
  number: 1,
  kind: 'fast',
  joinAtMs: 0,
  leaveAtMs: 1000,
  leaves: 'stays',
  resumes: true,
  reading: [{ atMs: 0, bytesPerS: 'unlimited' }],
  losses: [],
};
const inLines = (clients: readonly PlannedClient[], stalls = true): string[] =>
  commandsOf(clients, { stalls }).map(inWords);

describe('a population as a history', () => {
  test.each(Object.keys(populations) as (keyof typeof populations)[])('%s has commands that can be stored', (name) => {
    const clients = population({ ...populations[name], clients: 20, durationMs: 30_000 }, 7);
    const commands = commandsOf(clients, { stalls: true });
    expect(commands.flatMap((command) => complaintAboutCommand(command) ?? [])).toEqual([]);
    expect(commands.filter((one) => one.do === 'connect' && one.back === undefined).length).toBeGreaterThan(15);
  });

  test('keeps the order of what clients do, and publishes beside it', () => {
    const mobile = {
      ...stays,
      number: 2,
      kind: 'mobile',
      losses: [{ atMs: 200, by: 'silence', backAtMs: 450 }],
    } as const;
    const left = { ...stays, number: 3, joinAtMs: 450, leaveAtMs: 500, leaves: 'rst', reading: [] } as const;
    expect(
      inLines([stays, mobile, left]).filter((line) => !line.startsWith('let fast') && !/read again/.test(line)),
    ).toEqual([
      'connect fast1',
      'connect mobile2',
      'meanwhile publish 2 events, one every 2 ms',
      'let mobile2 fall silent',
      'meanwhile publish 3 events, one every 2 ms',
      'connect mobile2 with the id of its last event',
      'connect fast3',
      'meanwhile publish 1 event, one every 2 ms',
      'reset fast3',
    ]);
  });

  test('has slow readers who read by turns, stalled ones who stop, and clients who are gone before they are answered', () => {
    const slow = { ...stays, kind: 'slow', reading: [{ atMs: 0, bytesPerS: 1024 }] } as const;
    const stalled = {
      ...stays,
      number: 2,
      kind: 'stalled',
      reading: [
        { atMs: 0, bytesPerS: 'unlimited' },
        { atMs: 100, bytesPerS: 0 },
      ],
    } as const;
    const gone = { ...stays, number: 3, joinAtMs: 200, leaveAtMs: 200, leaves: 'abort-in-head' } as const;
    const lines = inLines([slow, stalled, gone]);
    expect(lines.filter((line) => line.includes('slow1'))).toEqual([
      'connect slow1',
      'let slow1 read again',
      'stall slow1',
      'let slow1 read again',
    ]);
    expect(lines).toContain('stall stalled2');
    expect(lines.at(-1)).toBe('let fast3 ask and be gone');
  });

  test('where clients may not stall, nobody does: who would fall silent resets', () => {
    const mobile = { ...stays, losses: [{ atMs: 200, by: 'silence', backAtMs: 2000 }] } as const;
    const slow = { ...stays, number: 2, reading: [{ atMs: 0, bytesPerS: 0 }] } as const;
    const lines = inLines([mobile, slow], false);
    expect(lines).toEqual([
      'connect fast1',
      'connect fast2',
      'meanwhile publish 2 events, one every 2 ms',
      'reset fast1',
    ]);
  });
});
