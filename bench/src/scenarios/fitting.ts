import { SettingError } from '@ssert/protocol';
import type { BenchOptions } from '../run-bench.ts';
import type { Load } from '../settings.ts';
import type { RunTrial } from '../trials.ts';
import type { Scenario } from './scenario.ts';

/** @throws SettingError where something was given that the scenario does not use, or that leaves it nothing to find */
export function requireFitting(
  { axis, burst, population, budgetMs }: Pick<BenchOptions, 'axis' | 'burst' | 'population' | 'budgetMs'>,
  load: Load,
  { name, publishes, ownTimes, leastMs }: Scenario,
): void {
  if (burst && name !== 'burst') throw new SettingError('scenario', name, 'burst beside --traffic, or no --traffic');
  if (population && name !== 'population') {
    throw new SettingError('scenario', name, 'population beside --population, or no --population');
  }
  if (axis === 'rate' && (!publishes || ownTimes)) {
    throw new SettingError('axis', axis, `streams: what ${name} publishes has no rate that could be searched`);
  }
  if (axis === 'connectRate' && name !== 'storm') {
    throw new SettingError(
      'axis',
      axis,
      `streams or rate: only storm asks how fast clients get in, and this is ${name}`,
    );
  }
  if (budgetMs !== undefined && axis === undefined) {
    throw new SettingError(
      'budgetMs',
      seconds(budgetMs),
      'an objective (--slo) beside it, without --streams: only a search has one',
    );
  }
  if (axis && population?.load.streams !== undefined) {
    throw new SettingError('axis', axis, 'it with a population that has a name: given clients are as many as they are');
  }
  const least = leastMs?.(load) ?? 0;
  if (load.durationMs < least) {
    throw new SettingError(
      'durationMs',
      seconds(load.durationMs),
      `${seconds(least)} or more, or a lesser --kill-at: before that ${name} is not over`,
    );
  }
}

/** What was given and makes no difference on this way to the server; undefined where there is nothing. */
export function unheeded(
  { access, load }: Pick<BenchOptions, 'access' | 'load'>,
  { churn }: Scenario,
): string | undefined {
  if (!churn || !load.resets) return undefined;
  const { url, protocol } = access.request;
  if (protocol === 'h2') return 'resets make no difference over HTTP/2: who leaves cancels a stream of the connection';
  return url.startsWith('https:')
    ? 'resets make no difference over TLS: Node.js resets no connection with TLS on it'
    : undefined;
}

function seconds(ms: number): string {
  return `${ms / 1000}s`;
}

/** The load, measured for as long as the scenario takes at least. */
export function lengthened(load: Load, { leastMs }: Scenario): Load {
  return { ...load, durationMs: Math.max(load.durationMs, leastMs?.(load) ?? 0) };
}

/** The same trials, none of them shorter than the load says where the scenario takes a time of its own. */
export function neverShortened(trial: RunTrial, { leastMs }: Scenario): RunTrial {
  if (!leastMs) return trial;
  return (x, rep, request, instead) => trial(x, rep, request && { ...request, long: true }, instead);
}
