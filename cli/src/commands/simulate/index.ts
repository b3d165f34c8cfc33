import type { Command } from '../../command.ts';
import { describeCommand } from './describe.ts';
import { fitCommand } from './fit.ts';
import { populationCommand } from './population.ts';
import { recordsCommand } from './records.ts';

/** `ssert simulate`, and what may stand behind it. */
export const simulateCommands: Readonly<Record<'records' | 'fit' | 'describe' | 'population', Command>> = {
  records: recordsCommand,
  fit: fitCommand,
  describe: describeCommand,
  population: populationCommand,
};
