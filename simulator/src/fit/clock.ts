import type { GatedModel } from '../arrivals/gated.ts';
import { clockStrength, gapsOf, mean, quantile, variance } from '../statistics/describe.ts';

type Clock = NonNullable<GatedModel['clock']>;
type Within = Clock['within'];

/** Periods that a timer is likely to have, in seconds. */
const periodsS = [0.01, 0.02, 0.025, 0.05, 0.1, 0.2, 0.25, 0.5];

/**
 * The period of the clock that records keep to: of those nearly as strong as the strongest the longest, as a clock also
 * shows at the half and the quarter of its period. Times that are whole units keep to a clock of the recorder.
 * @param resolutionS the unit in which the times were recorded
 */
export function clockPeriodOf(times: readonly number[], resolutionS: number): number | undefined {
  const periods = periodsS.filter((periodS) => periodS > resolutionS);
  const strengths = periods.map((periodS) => clockStrength(times, periodS));
  const best = Math.max(...strengths);
  return best > 0.15 ? periods.findLast((_, at) => (strengths[at] as number) >= 0.8 * best) : undefined;
}

/** Clocks to try: the gaps within a tick as they are, with different chances of one phase, two and none. */
export function clocksFor(times: readonly number[], periodS: number): Clock[] {
  const within = twoLognormals(gapsOf(times).filter((gap) => gap > 0 && gap < periodS / 10));
  if (!within) return [];
  const shares = [
    [0.5, 0.4],
    [0.7, 0.3],
    [0.95, 0.05],
    [0.6, 0.2],
    [0.4, 0.2],
    [0.3, 0.6],
  ];
  return shares.map(([onePhase = 0, twoPhases = 0]) => ({
    regimeS: 4,
    onePhase,
    twoPhases,
    strayS: 0.04 * periodS,
    within,
  }));
}

/** A mixture of two lognormal laws by expectation and maximisation, begun at the quartiles. */
function twoLognormals(gaps: readonly number[]): Within | undefined {
  if (gaps.length < 50) return undefined;
  const logs = gaps.map(Math.log).sort((a, b) => a - b);
  const spread = Math.sqrt(variance(logs)) || 1;
  let chance = 0.5;
  let [low, high] = [
    { mu: quantile(logs, 0.25), sigma: spread / 2 },
    { mu: quantile(logs, 0.75), sigma: spread / 2 },
  ];
  const density = (log: number, { mu, sigma }: typeof low): number =>
    Math.exp(-(((log - mu) / sigma) ** 2) / 2) / sigma;
  for (let round = 0; round < 100; round += 1) {
    const weights = logs.map((log) => {
      const first = chance * density(log, low);
      return first / (first + (1 - chance) * density(log, high) + 1e-300);
    });
    chance = Math.min(0.99, Math.max(0.01, mean(weights)));
    low = moments(logs, weights);
    high = moments(
      logs,
      weights.map((weight) => 1 - weight),
    );
  }
  const law = ({ mu, sigma }: typeof low) => ({ medianS: Math.exp(mu), sigma });
  return { chance, short: law(low), long: law(high) };
}

function moments(values: readonly number[], weights: readonly number[]): { mu: number; sigma: number } {
  const total = weights.reduce((sum, weight) => sum + weight, 1e-12);
  const mu = values.reduce((sum, value, at) => sum + value * (weights[at] as number), 0) / total;
  const square = values.reduce((sum, value, at) => sum + (weights[at] as number) * (value - mu) ** 2, 0) / total;
  return { mu, sigma: Math.max(0.05, Math.sqrt(square)) };
}
