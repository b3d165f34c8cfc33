import { SettingError } from '@ssert/protocol';
import type { BenchOptions } from '../run-bench.ts';
import type { Scenario } from './scenario.ts';

/** @throws SettingError where something was given that the scenario does not use */
export function requireFitting(
  { axis, burst, population }: Pick<BenchOptions, 'axis' | 'burst' | 'population'>,
  { name, publishes, ownTimes }: Scenario,
): void {
  if (burst && name !== 'burst') throw new SettingError('scenario', name, 'burst beside --traffic, or no --traffic');
  if (population && name !== 'population') {
    throw new SettingError('scenario', name, 'population beside --population, or no --population');
  }
  if (axis === 'rate' && (!publishes || ownTimes)) {
    throw new SettingError('axis', axis, `streams: what ${name} publishes has no rate that could be searched`);
  }
  if (axis && population?.load.streams !== undefined) {
    throw new SettingError('axis', axis, 'it with a population that has a name: given clients are as many as they are');
  }
}
