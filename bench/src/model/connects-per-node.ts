import type { BenchResult } from '../results/bench-result.ts';
import { uncertaintyOf, widestInterval } from './project.ts';
import { nodesOf } from './scaling-points.ts';

/** What must be as it was where the streams were measured. */
const conditions: readonly (readonly [name: string, of: (result: BenchResult) => unknown])[] = [
  ['the CPU', ({ host }) => host.cpu],
  ['the HTTP version', ({ target }) => target.protocol],
  ['TLS', ({ target }) => target.tls],
  ['the share of the CPU', ({ target }) => target.cpuShare?.asked],
];

/**
 * How many connects a second a node takes, from a search of `storm` for that.
 * @param beside the search over streams that is projected
 * @returns the figure, or why there is none and what to give
 */
export function connectsPerNode(storm: BenchResult, beside: BenchResult): number | { readonly refusal: string } {
  const { plan, capacity, search, verdict } = storm;
  const axis = capacity?.axis ?? search?.axis;
  if (plan.scenario !== 'storm' || axis !== 'connectRate') {
    const what = axis === undefined ? 'no search' : `a search over ${axis === 'connectRate' ? 'connect rates' : axis}`;
    return {
      refusal: `it is ${what}, of ${plan.scenario}; give what ssert bench TARGET --scenario storm --slo EXPR --axis connect-rate wrote`,
    };
  }
  if (verdict.validity === 'invalid') return { refusal: `it is invalid (${verdict.reasons[0] ?? ''}); run it again` };
  if (capacity === undefined) return { refusal: 'it found no capacity; give one that did' };
  if (capacity.limitedBy === 'generator')
    return { refusal: 'the generator, not the server, was its limit; give it more threads (--workers)' };
  if (!capacity.confirmed) return { refusal: 'its capacity was not confirmed; give the search more time (--budget)' };
  const off = uncertaintyOf(capacity);
  if (off > widestInterval) {
    return { refusal: `its capacity is only known within ${Math.round(100 * off)} %; give one of more trials` };
  }
  const [differs] = conditions.find(([, of]) => of(storm) !== of(beside)) ?? [];
  if (differs !== undefined)
    return { refusal: `${differs} differs from where the streams were measured; measure it there` };
  return capacity.lo / nodesOf(storm);
}
