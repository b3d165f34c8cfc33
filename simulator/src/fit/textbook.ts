import type { ArrivalModel } from '../profiles/profile.ts';
import { describe, dispersion, gapsOf } from '../statistics/describe.ts';
import { gammaOf, weibullOf } from './maximum-likelihood.ts';

const windowsS = [0.1, 1, 10, 60];

/** The processes of the textbooks, fitted: renewal by likelihood, the others by their dispersion at four windows. */
export function textbookModels(times: readonly number[]): Readonly<Record<string, ArrivalModel>> {
  const { ratePerS } = describe(times);
  const gaps = gapsOf(times).map((gap) => Math.max(gap, 1e-7));
  const wanted = windowsS.map((windowS) => dispersion(times, windowS));
  return {
    Poisson: { process: 'poisson', ratePerS },
    'Weibull renewal': { process: 'renewal', law: 'weibull', ...weibullOf(gaps) },
    'Gamma renewal': { process: 'renewal', law: 'gamma', ...gammaOf(gaps) },
    ...(wanted.every((idc) => idc > 1.05) ? clustered(ratePerS, wanted) : {}),
  };
}

function clustered(ratePerS: number, wanted: readonly number[]): Readonly<Record<string, ArrivalModel>> {
  const lower = [0, 0.2, 0.4, 0.6, 0.8];
  return {
    ...Object.fromEntries(lower.map((share) => [mmppName(share), switching(ratePerS, wanted, share)])),
    Hawkes: exciting(ratePerS, wanted),
  };
}

function mmppName(lower: number): string {
  return lower === 0 ? 'MMPP-2, on and off' : `MMPP-2, lower rate ${lower * 100} %`;
}

/**
 * Two rates: IDC(w) - 1 = A (1 - (1 - e^-sw)/(sw)), with A = 2 (λ1-λ2)² q (1-q)/(s m) and q the share of time at λ1.
 * @param lower λ2, as a share of the mean m: the dispersion leaves it open
 */
function switching(ratePerS: number, wanted: readonly number[], lower: number): ArrivalModel {
  const { level, speedPerS } = saturating(wanted);
  const above = ratePerS * (1 - lower);
  const high = 1 / (1 + (level * speedPerS * ratePerS) / (2 * above ** 2));
  return {
    process: 'mmpp',
    ratesPerS: [ratePerS * lower + above / high, ratePerS * lower],
    moves: [
      [0, speedPerS * (1 - high)],
      [speedPerS * high, 0],
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
