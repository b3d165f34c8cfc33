import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { changes, type Expected, updated } from './expected.ts';
import { interruption, type Judged, type MatrixRule, remarks, table } from './judged.ts';
import { lacking, type Preparation, prepare } from './preparation.ts';
import { withMatrix } from './readme-matrix.ts';
import { judgeSideBySide } from './side-by-side.ts';
import { mayBeChance, surprises, type Undecided } from './surprises.ts';

/** What a matrix is about: servers, or clients. */
export interface Matrix {
  /** Each has a folder of its name in it, where it needs one; `expected.json` and `undecided.json` stand there. */
  readonly folder: string;
  /** In the order of the columns. */
  readonly names: readonly string[];
  readonly preparationOf: (name: string) => Preparation | Promise<Preparation>;
  readonly rules: readonly MatrixRule[];
  /** Judges one, by its name, and writes what it found to `--output`. */
  readonly script: string;
  /** Not even a warning is accepted of it. */
  readonly isStrict?: (name: string) => boolean;
  /** The page with the tables. */
  readonly readme: string;
  /** How those tables begin; default as those of servers do. */
  readonly head?: string;
  /** A page in HTML. */
  readonly page?: (judged: readonly Judged[]) => string;
}

const inCi = process.env.CI === 'true';

/**
 * Judges what the command line asks for, and prints the matrix. `process.exitCode` is 1 where what was found is not what
 * `expected.json` lists; with `--update-expected` it is written there, and into the tables.
 * @throws Error where something cannot be prepared, or in CI is not there
 */
export async function runMatrix(matrix: Matrix): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      all: { type: 'boolean', default: false },
      jobs: { type: 'string', default: String(Math.min(2, availableParallelism())) },
      json: { type: 'string' },
      html: { type: 'string' },
      seed: { type: 'string', default: '7' },
      'update-expected': { type: 'boolean', default: false },
    },
  });
  const { folder, rules, script } = matrix;
  const { quick } = values;
  const expectedFile = join(folder, 'expected.json');
  const expected = JSON.parse(readFileSync(expectedFile, 'utf8')) as Expected;
  const undecided = JSON.parse(readFileSync(join(folder, 'undecided.json'), 'utf8')) as Undecided;
  const signal = interruption();
  const how = { script, quick, seed: Number(values.seed), signal };
  const surprisesOf = (one: Judged): string[] =>
    surprises(one, expected, { quick, undecided, strict: matrix.isStrict?.(one.name) ?? false });

  const names = await prepared(matrix, await wanted(matrix, values));
  const jobs = Number(values.jobs);
  let judged = await judgeSideBySide(names, { ...how, jobs });
  // A neighbour may be why something was not decided. A new failure stands as it is.
  const again = judged.filter((one) => mayBeChance(one, expected, { quick, undecided }));
  if (jobs > 1 && again.length > 0 && !signal.aborted) {
    for (const surprise of again.flatMap(surprisesOf)) process.stderr.write(`judged again, alone: ${surprise}\n`);
    const second = await judgeSideBySide(
      again.map(({ name }) => name),
      { ...how, jobs: 1 },
    );
    judged = judged.map((one) => second.find(({ name }) => name === one.name) ?? one);
  }

  process.stdout.write(`${table(judged, rules)}\n${remarks(judged, ['fail', 'error', 'inconclusive'])}\n`);
  if (values.html !== undefined && matrix.page) writeFileSync(values.html, matrix.page(judged));
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(judged, null, 2)}\n`);
  if (values['update-expected']) {
    const order = rules.map(({ id }) => id);
    const now = updated(expected, judged, order);
    writeFileSync(expectedFile, `${JSON.stringify(now, null, 2)}\n`);
    writeFileSync(matrix.readme, withMatrix(readFileSync(matrix.readme, 'utf8'), now, order, matrix.head));
    for (const change of changes(expected, now)) process.stderr.write(`${change}\n`);
    process.stderr.write('check each by hand and tell it in the README of the folder; the tests compare them\n');
  } else {
    const found = judged.flatMap(surprisesOf);
    for (const surprise of found) process.stderr.write(`not as expected: ${surprise}\n`);
    if (found.length > 0) process.exitCode = 1;
  }
  if (signal.aborted) process.exitCode = 1;
}

/** Those that the flags name. */
async function wanted(
  { names, preparationOf }: Matrix,
  flags: { readonly only?: string | undefined; readonly all: boolean },
): Promise<readonly string[]> {
  const only = flags.only?.split(',');
  const unknown = only?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0) throw new Error(`--only names none: ${unknown.join(', ')}; there are ${names.join(' ')}`);
  if (only) return names.filter((name) => only.includes(name));
  if (flags.all) return names;
  const usual: string[] = [];
  for (const name of names) {
    if ((await preparationOf(name)).onlyWithAll) process.stderr.write(`${name} is left to --all\n`);
    else usual.push(name);
  }
  return usual;
}

/** Builds them; leaves out those that this machine lacks something for, which in CI it must not. */
async function prepared({ folder, preparationOf }: Matrix, names: readonly string[]): Promise<string[]> {
  const ready: string[] = [];
  for (const name of names) {
    const preparation = await preparationOf(name);
    const lacks = lacking(preparation);
    if (lacks.length > 0) {
      const why = `${name} needs ${lacks.join(' and ')}, which is not on this machine`;
      if (inCi) throw new Error(why);
      process.stderr.write(`${why}: skipped\n`);
      continue;
    }
    const startedAtMs = performance.now();
    prepare(preparation, join(folder, name));
    const seconds = Math.round((performance.now() - startedAtMs) / 1000);
    if (seconds > 1) process.stderr.write(`${name} took ${seconds} s to prepare\n`);
    ready.push(name);
  }
  return ready;
}
