import type { ArrivalModel } from '../profiles/profile.ts';
import { describe, dispersion, gapsOf } from '../statistics/describe.ts';
import { gammaOf } from './maximum-likelihood.ts';

const windowsS = [0.1, 1, 10, 60];

/** The processes of the textbooks, fitted: renewal by likelihood, the others by their dispersion at four windows. */
export function textbookModels(times: readonly number[]): Readonly<Record<string, ArrivalModel>> {
  const { ratePerS } = describe(times);
  const gaps = gapsOf(times).map((gap) => Math.max(gap, 1e-7));
  const wanted = windowsS.map((windowS) => dispersion(times, windowS));
  return {
    Poisson: { process: 'poisson', ratePerS },
    'Gamma renewal': { process: 'renewal', law: 'gamma', ...gammaOf(gaps) },
    ...(wanted.every((idc) => idc > 1.05)
      ? { 'MMPP-2': switching(ratePerS, wanted), Hawkes: exciting(ratePerS, wanted) }
      : {}),
  };
}

/**
 * Two rates: IDC(w) - 1 = A (1 - (1 - e^-sw)/(sw)), with A = 2 (λ1-λ2)² r1 r2 / (s³ m). The lower rate
 * is 0, as on a trace that falls silent.
 */
function switching(ratePerS: number, wanted: readonly number[]): ArrivalModel {
  const { level, speedPerS } = saturating(wanted);
  // On/off: m = λ q, A = 2 m (1 - q)/(q s) with q the share of time on.
  const odds = (level * speedPerS) / (2 * ratePerS);
  const on = 1 / (1 + odds);
  return {
    process: 'mmpp',
    ratesPerS: [ratePerS / on, 0],
    moves: [
      [0, speedPerS * (1 - on)],
      [speedPerS * on, 0],
    ],
  };
}

/** IDC(w) = (1-n)^-2 [1 - (1 - (1-n)²)(1 - e^-kw)/(kw)], so that IDC - 1 saturates at (1-n)^-2 - 1. */
function exciting(ratePerS: number, wanted: readonly number[]): ArrivalModel {
  const { level, speedPerS } = saturating(wanted);
  const left = 1 / Math.sqrt(1 + level);
  return { process: 'hawkes', basePerS: ratePerS * left, branching: 1 - left, decayPerS: speedPerS / left };
}

/** The level and the speed at which IDC - 1 saturates: least squares of log IDC over a grid of speeds. */
function saturating(wanted: readonly number[]): { level: number; speedPerS: number } {
  let best = { level: 1, speedPerS: 1, error: Number.POSITIVE_INFINITY };
  for (let logSpeed = Math.log(0.005); logSpeed < Math.log(200); logSpeed += 0.05) {
    const speedPerS = Math.exp(logSpeed);
    const shares = windowsS.map((w) => 1 - -Math.expm1(-speedPerS * w) / (speedPerS * w));
    for (let logLevel = Math.log(0.02); logLevel < Math.log(1e4); logLevel += 0.05) {
      const level = Math.exp(logLevel);
      const error = shares.reduce(
        (sum, part, at) => sum + Math.log((1 + level * part) / (wanted[at] as number)) ** 2,
        0,
      );
      if (error < best.error) best = { level, speedPerS, error };
    }
  }
  return best;
}
