import { Matrix, solve } from 'ml-matrix';
import { leastSquares } from './least-squares.ts';

/** The capacity found on n cores, processes or nodes, at the objective; one point for each trial. */
export interface ScalingPoint {
  readonly n: number;
  readonly x: number;
}

/** X(n) = gamma n / (1 + alpha (n - 1) + beta n (n - 1)): contention and coherence of Gunther's universal law. */
export interface UslParameters {
  readonly gamma: number;
  readonly alpha: number;
  readonly beta: number;
}

export interface UslFit extends UslParameters {
  /** Sum of squares of what is left of log X. */
  readonly rest: number;
  /** How many of the parameters were free. */
  readonly free: number;
}

/** What n of them hold together. */
export function uslCapacity({ gamma, alpha, beta }: UslParameters, n: number): number {
  return (gamma * n) / (1 + alpha * (n - 1) + beta * n * (n - 1));
}

/** The n with the most throughput; Infinity where it never falls. */
export function uslPeak({ alpha, beta }: UslParameters): number {
  return beta > 0 ? Math.sqrt(Math.max(0, 1 - alpha) / beta) : Number.POSITIVE_INFINITY;
}

/**
 * Gauss-Newton on log X. What would be negative is held at 0: every choice of free parameters is fitted, and the closest
 * one that stays within the bounds is taken.
 * @param kind which may be free: both, only alpha (Amdahl's law), none
 */
export function fitUsl(points: readonly ScalingPoint[], kind: 'usl' | 'amdahl' | 'linear' = 'usl'): UslFit {
  const linear = gaussNewton(points, { alpha: false, beta: false });
  if (kind === 'linear') return linear;
  const choices = [gaussNewton(points, { alpha: true, beta: false })];
  if (kind === 'usl') {
    choices.push(gaussNewton(points, { alpha: false, beta: true }), gaussNewton(points, { alpha: true, beta: true }));
  }
  const within = choices.filter(({ alpha, beta, rest }) => alpha >= 0 && beta >= 0 && Number.isFinite(rest));
  return within.reduce((best, one) => (one.rest < best.rest ? one : best), linear);
}

interface Free {
  readonly alpha: boolean;
  readonly beta: boolean;
}

function gaussNewton(points: readonly ScalingPoint[], free: Free): UslFit {
  let at = linearised(points, free);
  let rest = restOf(points, at);
  for (let round = 0; round < 100; round += 1) {
    const step = stepFrom(points, at, free);
    let scale = 1;
    let next = moved(at, step, scale);
    // A whole step may leap over the valley, or to where the law has no value.
    while (!(restOf(points, next) <= rest) && scale > 1e-6) {
      scale /= 2;
      next = moved(at, step, scale);
    }
    const nextRest = restOf(points, next);
    if (!(nextRest <= rest)) break;
    const gained = rest - nextRest;
    at = next;
    rest = nextRest;
    if (gained <= 1e-14 * rest) break;
  }
  return { ...at, rest, free: 1 + Number(free.alpha) + Number(free.beta) };
}

/** n / X is linear in 1/gamma, alpha/gamma and beta/gamma: a start that is near enough. */
function linearised(points: readonly ScalingPoint[], free: Free): UslParameters {
  const rows = points.map(({ n }) => [1, ...(free.alpha ? [n - 1] : []), ...(free.beta ? [n * (n - 1)] : [])]);
  const { coefficients } = leastSquares(
    rows,
    points.map(({ n, x }) => n / x),
  );
  const [first = 1, ...others] = coefficients;
  const gamma = first > 0 ? 1 / first : Math.max(...points.map(({ n, x }) => x / n));
  const shares = others.map((value) => Math.max(0, value * gamma));
  return {
    gamma,
    alpha: free.alpha ? (shares[0] as number) : 0,
    beta: free.beta ? (shares.at(-1) as number) : 0,
  };
}

function stepFrom(points: readonly ScalingPoint[], at: UslParameters, free: Free): readonly [number, number, number] {
  const rows = points.map(({ n }) => {
    const divisor = 1 + at.alpha * (n - 1) + at.beta * n * (n - 1);
    return [1, ...(free.alpha ? [-(n - 1) / divisor] : []), ...(free.beta ? [(-n * (n - 1)) / divisor] : [])];
  });
  const left = points.map(({ n, x }) => Math.log(x / uslCapacity(at, n)));
  const step = solve(new Matrix(rows), Matrix.columnVector(left), true).to1DArray();
  return [step[0] as number, free.alpha ? (step[1] as number) : 0, free.beta ? (step.at(-1) as number) : 0];
}

function moved(
  at: UslParameters,
  [logGamma, alpha, beta]: readonly [number, number, number],
  scale: number,
): UslParameters {
  return {
    gamma: at.gamma * Math.exp(scale * logGamma),
    alpha: at.alpha + scale * alpha,
    beta: at.beta + scale * beta,
  };
}

function restOf(points: readonly ScalingPoint[], at: UslParameters): number {
  return points.reduce((sum, { n, x }) => sum + Math.log(x / uslCapacity(at, n)) ** 2, 0);
}
