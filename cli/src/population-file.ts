import { SettingError } from '@ssert/protocol';
import { type ClientPlan, type PopulationName, populations, readPopulation } from '@ssert/simulator';
import { textOf, wrongIn } from './named-file.ts';
import { UsageError } from './usage-error.ts';

export const populationNames = Object.keys(populations) as PopulationName[];

/** Whether a population has that name. */
export function isPopulation(name: string): name is PopulationName {
  return Object.hasOwn(populations, name);
}

/** The clients in a file that `ssert simulate population` has printed. @throws UsageError that names the field at fault */
export async function plansIn(file: string): Promise<readonly ClientPlan[]> {
  const text = await textOf(file);
  try {
    return readPopulation(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`${file} is no JSON: ${error.message}`);
    if (error instanceof SettingError) throw wrongIn(file, error);
    throw error;
  }
}
