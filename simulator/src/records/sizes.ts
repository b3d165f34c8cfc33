import type { Random } from '@ssert/protocol';
import { gamma, lognormal, normal, normalCdf } from '../chance/distributions.ts';
import { uniform } from '../chance/layers.ts';

/**
 * A law of token counts, in whole tokens.
 *
 * - `gamma`: at most `most`
 * - `lognormal`: `least` more than a lognormal of `mu` and `sigma`; above `tailFrom`, where given, a Pareto tail of
 *   index `tailIndex` that holds `tailChance` of them
 * - `quantiles`: sizes at given shares, interpolated in their logarithm: how a trace's own sizes are kept
 */
export type SizeLaw =
  | { readonly law: 'gamma'; readonly shape: number; readonly scale: number; readonly most: number }
  | {
      readonly law: 'lognormal';
      readonly mu: number;
      readonly sigma: number;
      readonly least: number;
      readonly most: number;
      readonly tail?: { readonly from: number; readonly index: number; readonly chance: number };
    }
  | { readonly law: 'quantiles'; readonly at: readonly (readonly [share: number, tokens: number])[] };

/** Tokens of a request and of its answer, and how their ranks go together. */
export interface Sizes {
  readonly context: SizeLaw;
  readonly generated: SizeLaw;
  /** Rank correlation of the two from -1 to 1. Default 0; another takes quantiles for both. */
  readonly rankCorrelation?: number;
}

/** Draws the tokens of one request. */
export function drawSizes(random: Random, { context, generated, rankCorrelation = 0 }: Sizes): [number, number] {
  if (rankCorrelation === 0 || context.law !== 'quantiles' || generated.law !== 'quantiles') {
    return [drawSize(random, context), drawSize(random, generated)];
  }
  // A Gaussian copula has rank correlation 6/π asin(r/2).
  const r = 2 * Math.sin((Math.PI * rankCorrelation) / 6);
  const first = normal(random);
  const second = r * first + Math.sqrt(1 - r * r) * normal(random);
  return [sizeAt(context.at, normalCdf(first)), sizeAt(generated.at, normalCdf(second))];
}

function drawSize(random: Random, law: SizeLaw): number {
  switch (law.law) {
    case 'gamma':
      return Math.min(law.most, Math.ceil(gamma(random, law.shape, law.scale)));
    case 'lognormal':
      return Math.min(law.most, drawLognormal(random, law));
    case 'quantiles':
      return sizeAt(law.at, uniform(random));
  }
}

function drawLognormal(random: Random, law: SizeLaw & { law: 'lognormal' }): number {
  const { tail, least, mu, sigma } = law;
  if (tail && uniform(random) < tail.chance) return Math.round(tail.from * uniform(random) ** (-1 / tail.index));
  for (;;) {
    const size = least + Math.max(1, Math.round(lognormal(random, mu, sigma)));
    if (!tail || size <= tail.from) return size;
  }
}

function sizeAt(table: readonly (readonly [number, number])[], share: number): number {
  let above = 1;
  for (let high = table.length - 1; above < high; ) {
    const middle = (above + high) >> 1;
    if ((table[middle] as readonly [number, number])[0] < share) above = middle + 1;
    else high = middle;
  }
  const [to, most] = table[above] as readonly [number, number];
  const [from, least] = table[above - 1] as readonly [number, number];
  const part = to > from ? Math.min(1, (share - from) / (to - from)) : 1;
  return Math.round(Math.exp(Math.log(least + 1) + part * Math.log((most + 1) / (least + 1)))) - 1;
}
