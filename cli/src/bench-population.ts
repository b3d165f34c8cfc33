import { type Population, populationNamed, populationOf } from '@ssert/bench';
import { isPopulation, plansIn, populationNames } from './population-file.ts';
import { UsageError } from './usage-error.ts';

/** Whom `--scenario population` plays: a named population, or the clients in a .json file. @throws UsageError */
export async function populationFrom(nameOrFile: string): Promise<Population> {
  if (isPopulation(nameOrFile)) return populationNamed(nameOrFile);
  if (nameOrFile.endsWith('.json')) return populationOf(nameOrFile, await plansIn(nameOrFile));
  const names = populationNames.join(' ');
  throw new UsageError(`--population is ${JSON.stringify(nameOrFile)}; give one of ${names}, or a .json file`);
}
