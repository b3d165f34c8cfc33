import { parseQuantity } from '@ssert/conformance/settings';
import { type ClientPlan, population, populations } from '@ssert/simulator';
import type { Command } from '../../command.ts';
import type { Flag, GivenFlags } from '../../flags.ts';
import { isPopulation, populationNames } from '../../population-file.ts';
import type { Terminal } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';

const populationFlags = {
  clients: { value: 'N', meaning: 'That are there at once: who leaves is followed by another. Default 20.' },
  duration: { value: 'TIME', meaning: 'Over how much time. Default 1m.' },
  ramp: { value: 'TIME', meaning: 'The first ones join evenly over this time. Default all at once.' },
  seed: { value: 'N', meaning: 'The same seed gives the same clients. Default 1.' },
} as const satisfies Record<string, Flag>;

type Given = GivenFlags<typeof populationFlags>;

export const populationCommand: Command = {
  name: 'population',
  usage: `simulate population ${populationNames.join('|')} [flags]`,
  summary:
    'Draws what each of many clients does: when it joins and leaves, how fast it reads, when it loses its connection and is back. Prints a JSON list that ssert bench and ssert check play.',
  flags: populationFlags,
  examples: [
    ['ssert simulate population mobile --seed 7 > mobile.json', 'people on the move'],
    [
      'ssert bench http://localhost:4000/events --publish http://localhost:4000/events --scenario population --population mobile.json',
      'plays them',
    ],
  ],
  exitCodes: [
    [0, 'printed'],
    [2, 'wrong usage'],
  ],
  run: printPopulation,
};

async function printPopulation(given: Given, terminal: Terminal): Promise<number> {
  const [name, ...surplus] = given.positionals;
  if (name === undefined || surplus.length > 0) throw new UsageError(`give one of ${populationNames.join(' ')}`);
  if (!isPopulation(name)) {
    throw new UsageError(`there is no population ${JSON.stringify(name)}; give one of ${populationNames.join(' ')}`);
  }
  const durationMs = parseQuantity('--duration', given.text('duration') ?? '1m', 'ms');
  const ramp = given.text('ramp');
  const rampMs = ramp === undefined ? 0 : parseQuantity('--ramp', ramp, 'ms');
  if (rampMs >= durationMs) throw new UsageError('--ramp is not shorter than --duration; give a shorter time');
  const clients = given.wholeNumber('clients', 1, 1_000_000) ?? 20;
  const seed = given.wholeNumber('seed', 0) ?? 1;
  terminal.print(listOf(population({ ...populations[name], clients, durationMs, rampMs }, seed)));
  return 0;
}

/** JSON with a line for each client. */
function listOf(plans: readonly ClientPlan[]): string {
  return `[\n${plans.map((plan) => JSON.stringify(plan)).join(',\n')}\n]\n`;
}
