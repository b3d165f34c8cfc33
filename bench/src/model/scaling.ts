import type { Random } from '@ssert/protocol';
import type { UslModel } from '../results/bench-result.ts';
import { ends, resample } from '../statistics/intervals.ts';
import { fitUsl, type ScalingPoint, type UslFit, uslCapacity, uslPeak } from './usl-fit.ts';

/** Fewer distinct loads than this say nothing of a curve with three parameters. */
export const leastLoads = 6;

const kinds = ['linear', 'amdahl', 'usl'] as const;

/**
 * How capacity grows with n: linear, by Amdahl's law or by the universal scalability law, whichever the points speak for
 * (AICc). The intervals are of the universal law in any case, so that contention too small to be seen is not taken for
 * none: by a bootstrap of the residuals over trials.
 * @returns the model, or why there is none
 */
export function scalingModel(points: readonly ScalingPoint[], random: Random): UslModel | { readonly refusal: string } {
  const loads = new Set(points.map(({ n }) => n)).size;
  if (loads < leastLoads) {
    return {
      refusal: `how it scales is not known: the capacity was measured at ${loads} of at least ${leastLoads} numbers of nodes, processes or cores; search on each with --nodes N, and give those results with --scaling FILE`,
    };
  }
  const fits = kinds.map((kind) => {
    const fit = fitUsl(points, kind);
    return { kind, fit, aicc: aicc(fit.rest, points.length, kinds.indexOf(kind) + 1) };
  });
  const { kind, fit, aicc: best } = fits.reduce((a, b) => (b.aicc < a.aicc - 1e-9 ? b : a));
  const peak = uslPeak(fit);
  return {
    kind,
    gamma: fit.gamma,
    alpha: fit.alpha,
    beta: fit.beta,
    nMax: Number.isFinite(peak) ? peak : null,
    ci95: intervals(points, fitUsl(points), random),
    aicc: best,
  };
}

/** Akaike's criterion corrected for few points; one more parameter is the spread. */
function aicc(rest: number, n: number, parameters: number): number {
  const k = parameters + 1;
  // Points without any noise would make every model infinitely good.
  return n * Math.log(Math.max(rest / n, 1e-18)) + 2 * k + (2 * k * (k + 1)) / (n - k - 1);
}

function intervals(points: readonly ScalingPoint[], fit: UslFit, random: Random): UslModel['ci95'] {
  const inflate = Math.sqrt(points.length / (points.length - 3));
  const left = points.map(({ n, x }) => Math.log(x / uslCapacity(fit, n)) * inflate);
  const drawn = Array.from({ length: 300 }, () => {
    const noise = resample(left, random);
    return fitUsl(points.map(({ n }, at) => ({ n, x: uslCapacity(fit, n) * Math.exp(noise[at] as number) })));
  });
  const of = (name: 'gamma' | 'alpha' | 'beta'): readonly [number, number] =>
    ends(
      drawn.map((one) => one[name]),
      0.95,
    );
  return { gamma: of('gamma'), alpha: of('alpha'), beta: of('beta') };
}
