import { layerRandom } from '../chance/layers.ts';
import type { Profile } from '../profiles/profile.ts';
import { profileNamed, readProfile } from '../profiles/read-profile.ts';
import { drawSizes, type Sizes } from '../records/sizes.ts';
import { distance } from '../statistics/describe.ts';
import type { Reached } from '../statistics/goals.ts';
import type { Trace } from '../trace/read-trace.ts';
import { type Fit, fit } from './fit.ts';
import { rankCorrelationOf, sizesOf } from './sizes.ts';

/** Which columns hold tokens, and what the profile is called. */
export interface FitOptions {
  readonly name: string;
  readonly description: string;
  /** Default `ContextTokens`. */
  readonly contextColumn?: string;
  /** Default `GeneratedTokens`. */
  readonly generatedColumn?: string;
}

/** A profile made from a trace, with all that was tried. */
export interface FittedProfile {
  readonly profile: Profile;
  readonly fit: Fit;
  /** What the sizes reach; empty for a trace without sizes. */
  readonly sizes: readonly Reached[];
}

/** Makes a profile of a trace. What the trace does not tell, users and models and missing sizes, is as in `office`. */
export function fitProfile(trace: Trace, options: FitOptions): FittedProfile {
  const { name, description, contextColumn = 'ContextTokens', generatedColumn = 'GeneratedTokens' } = options;
  const fitted = fit(trace.times);
  const context = trace.column(contextColumn);
  const generated = trace.column(generatedColumn);
  const { records } = profileNamed('office');
  const sizes = context && generated ? sizesOf(context, generated) : records.sizes;
  const profile = readProfile({ name, description, ...fitted.best.model, records: { ...records, sizes } });
  return { profile, fit: fitted, sizes: context && generated ? sizesReached(sizes, context, generated) : [] };
}

/** Of sizes drawn twenty times as often as the trace has records, against the trace's own. */
function sizesReached(sizes: Sizes, context: readonly number[], generated: readonly number[]): Reached[] {
  const random = layerRandom(1, 'sizes');
  const drawn = Array.from({ length: 20 * context.length }, () => drawSizes(random, sizes));
  const [ofRequest, ofAnswer] = [drawn.map(([one]) => one), drawn.map(([, one]) => one)];
  const reached = (name: string, tolerance: number, kind: 'difference' | 'distance', error: number): Reached => ({
    goal: { name, tolerance, kind },
    error,
    spread: 0,
  });
  const correlation = rankCorrelationOf(ofRequest, ofAnswer) - rankCorrelationOf(context, generated);
  return [
    reached('KS of context tokens', 0.01, 'distance', distance(context, ofRequest)),
    reached('KS of generated tokens', 0.01, 'distance', distance(generated, ofAnswer)),
    reached('rank correlation of the two', 0.05, 'difference', correlation),
  ];
}
