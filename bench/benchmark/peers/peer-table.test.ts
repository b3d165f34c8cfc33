import { describe, expect, test } from 'vitest';
import type { Trial } from '../../src/index.ts';
import { madeUpTrial } from '../../testing/made-up-trial.ts';
import { peerRound, peerTable } from './peer-table.ts';

/** A trial whose server used so much CPU for a delivery. */
function trialOf(cpuUs: number, changed: Partial<Trial> = {}): Trial {
  const trial = madeUpTrial({ x: 100 });
  const server = { ...(trial.server as NonNullable<Trial['server']>), cpuNsPerDelivery: cpuUs * 1000 };
  return { ...trial, server, ...changed };
}

const invalid = { validity: 'invalid', reasons: ['in 3 of 9 s tasks waited'] } as const;

describe('a trial', () => {
  test('that is invalid has no figures', () => {
    expect(peerRound(1, 'a', trialOf(10, invalid))).toEqual({ round: 1, name: 'a', ...invalid });
  });

  test('in which no stream opened proves nothing', () => {
    const trial = trialOf(10);
    const connects = { attempted: 100, ok: 0, dropped: 0 };
    const round = peerRound(1, 'a', { ...trial, connects, counts: { ...trial.counts, expected: 0 } });
    expect(round).toEqual({
      round: 1,
      name: 'a',
      validity: 'invalid',
      reasons: ['no event was due: 0 of 100 streams opened'],
    });
  });

  test('whose p99 never came says so', () => {
    const trial = trialOf(10);
    const delivery = { ...(trial.hist.delivery as NonNullable<Trial['hist']['delivery']>), p99: null };
    expect(peerTable([peerRound(1, 'a', { ...trial, hist: { delivery } })])).toContain('| a | never |');
  });
});

describe('servers side by side', () => {
  const rounds = [
    ...[12, 10, 11].map((us, round) => peerRound(round, 'steady', trialOf(us))),
    ...[20, 99].map((us, round) => peerRound(round, 'once', trialOf(us, us === 99 ? invalid : {}))),
    peerRound(0, 'never', trialOf(5, invalid)),
  ];
  const lines = peerTable(rounds).split('\n');

  test('have a row each, with the median of the trials that are not invalid and their range', () => {
    expect(lines[2]).toMatch(/^\| steady \| .* \| 11 us \(10 to 12\) \| .* \| valid \|$/);
    expect(lines[3]).toMatch(/^\| once \| .* \| 20 us \| .* \| 1 valid, 1 invalid \|$/);
  });

  test('show no figure of one that has only invalid trials, and why', () => {
    expect(lines[4]).toBe('| never |  |  |  |  | invalid |');
    expect(lines).toContain('- never: in 3 of 9 s tasks waited');
  });
});
