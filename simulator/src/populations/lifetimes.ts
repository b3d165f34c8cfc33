import type { Random } from '@ssert/protocol';
import { exponential, lognormal } from '../chance/distributions.ts';

/** How long clients stay. */
export type Lifetime =
  | { readonly law: 'endless' }
  | { readonly law: 'exponential'; readonly meanMs: number }
  | { readonly law: 'lognormal'; readonly medianMs: number; readonly sigma: number };

/** One client's time. */
export function drawLifetime(random: Random, lifetime: Lifetime): number {
  switch (lifetime.law) {
    case 'endless':
      return Number.POSITIVE_INFINITY;
    case 'exponential':
      return exponential(random, lifetime.meanMs);
    case 'lognormal':
      return lognormal(random, Math.log(lifetime.medianMs), lifetime.sigma);
  }
}

/** Its mean; infinite for endless ones. */
export function meanLifetime(lifetime: Lifetime): number {
  switch (lifetime.law) {
    case 'endless':
      return Number.POSITIVE_INFINITY;
    case 'exponential':
      return lifetime.meanMs;
    case 'lognormal':
      return lifetime.medianMs * Math.exp(lifetime.sigma ** 2 / 2);
  }
}
