import { withoutCredentials } from '../access.ts';
import type { RestBeside, RestRun, Trial } from '../results/bench-result.ts';
import type { Load } from '../settings.ts';
import type { Tell } from '../trial/progress.ts';
import type { RunTrial } from '../trials.ts';
import { type RestLoad, runRest } from './rest-load.ts';

/** Requests alone show within that what they are like. */
const longestAloneMs = 10_000;

/** Measures requests alone, the streams alone, and both. */
export async function besideStreams(
  rest: RestLoad,
  load: Load,
  trial: RunTrial,
  signal: AbortSignal,
  tell: Tell,
): Promise<{ readonly trials: Trial[]; readonly rest?: RestBeside }> {
  tell({ kind: 'note', message: `requests to ${rest.url} without streams` });
  const alone = await runRest(rest, Math.min(load.durationMs, longestAloneMs), signal);
  const trials: Trial[] = [];
  if (!signal.aborted) trials.push(await trial(load.streams, 0));
  if (signal.aborted) return { trials };
  let beside: RestRun | undefined;
  const ask = async (durationMs: number): Promise<void> => {
    beside = await runRest(rest, durationMs, signal);
  };
  trials.push(await trial(load.streams, 1, undefined, { beside: ask }));
  return beside ? { trials, rest: { ...rest, url: withoutCredentials(rest.url), alone, beside } } : { trials };
}
