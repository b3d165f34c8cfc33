import type { ScenarioName } from '../results/bench-result.ts';
import type { Scenario } from './scenario.ts';
import { steady } from './steady.ts';
import { storm } from './storm.ts';

/** Every scenario, by its name. */
export const scenarios: Readonly<Partial<Record<ScenarioName, Scenario>>> = { steady, storm };
