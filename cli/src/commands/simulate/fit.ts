import { basename } from 'node:path';
import { fitProfile, isMissed, type Reached, readTrace, table, wordsOfError, wordsOfTolerance } from '@ssert/simulator';
import type { Command } from '../../command.ts';
import type { Flag, GivenFlags } from '../../flags.ts';
import { textOf, writeNamed } from '../../named-file.ts';
import type { Terminal } from '../../terminal.ts';
import { UsageError } from '../../usage-error.ts';

const fitFlags = {
  column: { value: 'NAME', meaning: 'The column with the times. Default TIMESTAMP.' },
  context: { value: 'NAME', meaning: "The column with a request's tokens. Default ContextTokens." },
  generated: { value: 'NAME', meaning: "The column with an answer's tokens. Default GeneratedTokens." },
  output: { value: 'FILE', meaning: 'Writes the profile there' },
  name: { value: 'NAME', meaning: "The profile's name. Default fitted." },
} as const satisfies Record<string, Flag>;

export const fitCommand: Command = {
  name: 'fit',
  usage: 'simulate fit TRACE.csv [flags]',
  summary:
    'Fits every model to the times of a trace, plays each and holds it against what the trace has. Says which model comes closest to which statistic, and writes a profile with the one that misses fewest.',
  flags: fitFlags,
  examples: [
    ['ssert simulate fit trace.csv --column TIMESTAMP --output profile.json', 'for simulate --profile profile.json'],
  ],
  exitCodes: [
    [0, 'a model reaches every goal'],
    [1, 'the best model misses a goal; it is written all the same'],
    [2, 'wrong usage, a trace that cannot be read included'],
  ],
  run: fitTrace,
};

async function fitTrace(given: GivenFlags<typeof fitFlags>, terminal: Terminal): Promise<number> {
  const [file, ...surplus] = given.positionals;
  if (file === undefined || surplus.length > 0) throw new UsageError('give one TRACE.csv');
  const [context, generated, output] = [given.text('context'), given.text('generated'), given.text('output')];
  const trace = readTrace(await textOf(file), given.text('column') ?? 'TIMESTAMP');
  if (trace.times.length < 100) throw new UsageError(`${file} has ${trace.times.length} records; give 100 or more`);
  const { fit, profile, sizes } = fitProfile(trace, {
    name: given.text('name') ?? 'fitted',
    description: `Fitted to ${basename(file)}.`,
    ...(context === undefined ? {} : { contextColumn: context }),
    ...(generated === undefined ? {} : { generatedColumn: generated }),
  });
  const { best, candidates } = fit;
  const poisson = candidates.find(({ name }) => name === 'Poisson');
  const rows = best.reached.map((chosen, at) => {
    const ranked = candidates
      .map(({ name, reached }) => ({ name, one: reached[at] as Reached }))
      .filter(({ one }) => Number.isFinite(one.error))
      .sort((a, b) => Math.abs(a.one.error) - Math.abs(b.one.error));
    const [winner] = ranked;
    const other = poisson?.reached[at];
    return [
      chosen.goal.name,
      wordsOfTolerance(chosen.goal),
      wordsOfError(chosen),
      other ? wordsOfError(other) : '-',
      winner ? `${winner.name} (${wordsOfError(winner.one)})` : '-',
    ];
  });
  const ofSizes = sizes.map((one) => [one.goal.name, wordsOfTolerance(one.goal), wordsOfError(one), '-', '-']);
  const missed = [...best.reached, ...sizes].filter(isMissed);
  const lines = [
    `${trace.times.length} records, ${candidates.length} models tried; chosen: ${best.name}`,
    table([['statistic', 'tolerance', 'chosen', 'Poisson', 'closest'], ...rows, ...ofSizes]),
    missed.length === 0 ? 'every goal is reached' : `missed (*): ${missed.map(({ goal }) => goal.name).join(', ')}`,
  ];
  if (output !== undefined) {
    await writeNamed('--output', output, `${JSON.stringify(profile, null, 2)}\n`);
    lines.push(`written: ${output}`);
  }
  terminal.print(lines.join('\n'));
  return missed.length === 0 ? 0 : 1;
}
