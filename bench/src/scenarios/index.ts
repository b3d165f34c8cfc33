import type { ScenarioName } from '../results/bench-result.ts';
import { type Burst, burst } from './burst.ts';
import { churn } from './churn.ts';
import { herd } from './herd.ts';
import { type Population, played, populationNamed } from './population.ts';
import type { Scenario } from './scenario.ts';
import { slow } from './slow.ts';
import { soak } from './soak.ts';
import { steady } from './steady.ts';
import { storm } from './storm.ts';

/** The scenario of that name. @param traffic what `burst` plays @param clients whom `population` plays */
export function scenarioNamed(
  name: ScenarioName,
  traffic: Burst = { name: 'nothing', rows: [] },
  clients: Population = populationNamed('steady'),
): Scenario {
  return { storm, steady, churn, slow, herd, soak, burst: burst(traffic), population: played(clients) }[name];
}
