import type { Trial } from '../results/bench-result.ts';
import { canaryDiffers } from './validity.ts';

/** How much of the difference must go for the generator to be convicted. */
const shrinks = 0.5;

/** Whether loaded streams were later than the canary's by so much that the trial should be run with twice the threads. */
export function wantsMoreThreads(trial: Trial): boolean {
  return trial.validity === 'suspect' && canaryDiffers(comparedOf(trial));
}

/**
 * The trial, judged by the same one with twice the threads: where the difference to the canary shrinks, it was the
 * generator that added it; where it stays, it is the server's, and the canary's place in its list.
 */
export function judgedByMoreThreads(trial: Trial, again: Trial): Trial {
  const [before, after] = [differenceUs(trial), differenceUs(again)];
  if (before === undefined || after === undefined || again.validity === 'invalid') return trial;
  const ms = (us: number): string => `${(us / 1000).toFixed(1)} ms`;
  if (after < shrinks * before) {
    const reason = `with twice the threads the difference to the canary went from ${ms(before)} to ${ms(after)}: the generator was the limit`;
    return { ...trial, validity: 'invalid', reasons: [...trial.reasons, reason] };
  }
  const reasons = trial.reasons.filter((reason) => !reason.includes('the generator may have added it'));
  return { ...trial, validity: reasons.length > 0 ? 'suspect' : 'valid', reasons };
}

function comparedOf({ hist, generator }: Trial): Parameters<typeof canaryDiffers>[0] {
  return {
    loadedP99Us: hist.delivery?.p99 ?? null,
    canaryP99Us: generator.canaryP99Us ?? null,
    laterByUs: generator.laterThanCanaryCi95?.[0],
  };
}

function differenceUs(trial: Trial): number | undefined {
  const { loadedP99Us, canaryP99Us } = comparedOf(trial);
  return loadedP99Us === null || canaryP99Us === null ? undefined : loadedP99Us - canaryP99Us;
}
