import type { ScenarioName } from '../results/bench-result.ts';
import { type Burst, burst } from './burst.ts';
import { churn } from './churn.ts';
import { herd } from './herd.ts';
import type { Scenario } from './scenario.ts';
import { slow } from './slow.ts';
import { soak } from './soak.ts';
import { steady } from './steady.ts';
import { storm } from './storm.ts';

/** The scenario of that name. @param played what `burst` plays */
export function scenarioNamed(name: ScenarioName, played: Burst = { name: 'nothing', rows: [] }): Scenario {
  return { storm, steady, churn, slow, herd, soak, burst: burst(played) }[name];
}
