import { describe, expect, test } from 'vitest';
import { madeUpTrial } from '../../testing/made-up-trial.ts';
import type { Trial } from '../results/bench-result.ts';
import { judgedByMoreThreads, wantsMoreThreads } from './more-threads.ts';

const reason = 'loaded streams had p99 …: the generator may have added it';

/** A trial whose loaded streams were later than the canary's by so much. */
function later(byUs: number, changed: Partial<Trial> = {}): Trial {
  const trial = madeUpTrial({ x: 100 });
  const generator = { ...trial.generator, canaryP99Us: (trial.hist.delivery?.p99 ?? 0) - byUs };
  return { ...trial, validity: 'suspect', reasons: [reason], generator, ...changed };
}

test('only a trial that is suspect for its canary is run again', () => {
  expect(wantsMoreThreads(later(5000))).toBe(true);
  expect(wantsMoreThreads(later(100))).toBe(false);
  expect(wantsMoreThreads(later(5000, { validity: 'invalid' }))).toBe(false);
});

describe('with twice the threads', () => {
  test('a difference that shrinks convicts the generator', () => {
    const judged = judgedByMoreThreads(later(5000), later(1000));
    expect(judged.validity).toBe('invalid');
    expect(judged.reasons.at(-1)).toMatch(/from 5.0 ms to 1.0 ms: the generator was the limit/);
  });

  test("a difference that stays is the server's, and other doubts remain", () => {
    expect(judgedByMoreThreads(later(5000), later(4900))).toMatchObject({ validity: 'valid', reasons: [] });
    const both = later(5000, { reasons: [reason, 'another'] });
    expect(judgedByMoreThreads(both, later(4900))).toMatchObject({ validity: 'suspect', reasons: ['another'] });
  });

  test('an invalid second trial says nothing', () => {
    const trial = later(5000);
    expect(judgedByMoreThreads(trial, later(1000, { validity: 'invalid' }))).toBe(trial);
  });
});
