import { describe, expect, test } from 'vitest';
import { madeUpBench } from '../../testing/made-up-bench.ts';
import { type Answer, agreementOf, agreementText, answerOf } from './agreement.ts';

function answer(lo: number, ci95: readonly [number, number] = [lo, lo]): Answer {
  const { capacity } = madeUpBench();
  return capacity ? { capacity: { ...capacity, lo, ci95 } } : {};
}

describe('searches of the same capacity', () => {
  test('agree where they lie within 10 % of their median, or say that it may be there', () => {
    const answers = [answer(1000), answer(1090), answer(800, [700, 1050]), answer(700, [690, 710]), answer(1010)];
    expect(agreementOf(answers)).toEqual({ median: 1000, near: 3, covering: 1, apart: 1 });
  });

  test('that were limited by the generator say "at least": they are no lower than the others, and do not move the median', () => {
    const { capacity } = answer(500);
    const atLeast: Answer = capacity ? { capacity: { ...capacity, limitedBy: 'generator' } } : {};
    expect(agreementOf([answer(1000), answer(1010), atLeast])).toEqual({
      median: 1005,
      near: 2,
      covering: 1,
      apart: 0,
    });
  });

  test('of an even number have their median between the middle ones', () => {
    expect(agreementOf([answer(1000), answer(1100)])).toMatchObject({ median: 1050, near: 2 });
  });

  test('that found nothing are told with the reason, and count in no share', () => {
    const none = answerOf({ verdict: { validity: 'invalid', reasons: ['too busy'] } });
    expect(agreementText([answer(1000), none])).toBe(
      [
        '1: 1000 (1000 to 1000)',
        '2: no answer: too busy',
        'median 1000: 1 of 1 answers within 10 % of it, 0 further ones with an interval that holds it, 0 apart; 1 searches without an answer',
      ].join('\n'),
    );
    expect(agreementOf([none])).toBeUndefined();
  });

  test('that ended before a load passed say so, and not that none does', () => {
    const verdict = { validity: 'valid', reasons: [] } as const;
    expect(answerOf({ verdict })).toEqual({ reason: 'it ended before any load kept the objective' });
    expect(answerOf({ verdict: { ...verdict, slo: 'missed' } })).toEqual({ reason: 'no load kept the objective' });
  });

  test('of an invalid run have no answer, whatever it found', () => {
    const verdict = { validity: 'invalid', reasons: ['too busy'] } as const;
    expect(answerOf(madeUpBench({ verdict }))).toEqual({ reason: 'too busy' });
  });
});
