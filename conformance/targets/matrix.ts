/**
 * Runs the suite on the targets in this folder and prints what it found, rule by server.
 *
 *     npm run check:targets -- [--quick] [--only NAME,NAME] [--all] [--jobs N] [--seed N]
 *       [--json FILE] [--html FILE] [--update-expected]
 *
 * Exit 0 where each server was judged, what fails is what `expected.json` lists, and nothing was left undecided, else 1.
 * `--update-expected` writes what failed into that file and the table of the main README instead; each new failure is to
 * be checked by hand and told in this folder's README.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { serverRules } from '@ssert/conformance';
import { matrixPage } from '../../cli/src/index.ts';
import { changes, type Expected, updated } from './expected.ts';
import { interruption, type Judged, remarks, table } from './judging.ts';
import { lacking, loadTarget, prepare, targetNames } from './preparation.ts';
import { withMatrix } from './readme-matrix.ts';
import { judgeSideBySide } from './side-by-side.ts';
import { mayBeChance, surprises, type Undecided } from './surprises.ts';

const inCi = process.env.CI === 'true';

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

const readme = join(import.meta.dirname, '../../README.md');
const expectedFile = join(import.meta.dirname, 'expected.json');
const expected = JSON.parse(readFileSync(expectedFile, 'utf8')) as Expected;
const undecided = JSON.parse(readFileSync(join(import.meta.dirname, 'undecided.json'), 'utf8')) as Undecided;
const { quick } = values;
const signal = interruption();
const how = { quick, seed: Number(values.seed), signal };
const surprisesOf = (one: Judged): string[] =>
  surprises(one, expected, { quick, undecided, strict: one.name === 'reference' });

const names = await prepared(await wanted());
const jobs = Number(values.jobs);
const judged =
  jobs > 1 ? await undisturbed(await judgeSideBySide(names, { ...how, jobs })) : await judgeOneByOne(names);

process.stdout.write(`${table(judged)}\n${remarks(judged, ['fail', 'error', 'inconclusive'])}\n`);
if (values.html !== undefined) writeFileSync(values.html, matrixPage(judged));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(judged, null, 2)}\n`);
if (values['update-expected']) {
  const order = serverRules.map(({ id }) => id);
  const now = updated(expected, judged, order);
  writeFileSync(expectedFile, `${JSON.stringify(now, null, 2)}\n`);
  writeFileSync(readme, withMatrix(readFileSync(readme, 'utf8'), now, order));
  for (const change of changes(expected, now)) process.stderr.write(`${change}\n`);
  process.stderr.write(
    'check each by hand and write it in README.md under "Confirmed by hand"; the tests compare them\n',
  );
} else {
  const found = judged.flatMap(surprisesOf);
  for (const surprise of found) process.stderr.write(`not as expected: ${surprise}\n`);
  if (found.length > 0) process.exitCode = 1;
}
if (signal.aborted) process.exitCode = 1;

/** The targets that the flags name. */
async function wanted(): Promise<string[]> {
  const all = targetNames();
  const only = values.only?.split(',');
  const unknown = only?.filter((name) => !all.includes(name)) ?? [];
  if (unknown.length > 0) throw new Error(`--only names no target: ${unknown.join(', ')}; there are ${all.join(' ')}`);
  if (only) return all.filter((name) => only.includes(name));
  if (values.all) return all;
  const usual: string[] = [];
  for (const name of all) {
    if ((await loadTarget(name)).preparation.onlyWithAll) process.stderr.write(`${name} is left to --all\n`);
    else usual.push(name);
  }
  return usual;
}

/** Builds targets; leaves out those that this machine lacks something for, which in CI it must not. */
async function prepared(wantedNames: readonly string[]): Promise<string[]> {
  const ready: string[] = [];
  for (const name of wantedNames) {
    const { preparation } = await loadTarget(name);
    const lacks = lacking(preparation);
    if (lacks.length > 0) {
      const why = `${name} needs ${lacks.join(' and ')}, which is not on this machine`;
      if (inCi) throw new Error(why);
      process.stderr.write(`${why}: skipped\n`);
      continue;
    }
    const startedAtMs = performance.now();
    prepare(name, preparation);
    const seconds = Math.round((performance.now() - startedAtMs) / 1000);
    if (seconds > 1) process.stderr.write(`${name} took ${seconds} s to prepare\n`);
    ready.push(name);
  }
  return ready;
}

function judgeOneByOne(those: readonly string[]): Promise<Judged[]> {
  return judgeSideBySide(those, { ...how, jobs: 1 });
}

/** Judges again, alone, where a neighbour may be why something was not decided. A new failure stands as it is. */
async function undisturbed(first: readonly Judged[]): Promise<Judged[]> {
  const again = first.filter((one) => mayBeChance(one, expected, { quick, undecided })).map(({ name }) => name);
  if (again.length === 0 || signal.aborted) return [...first];
  for (const one of first.filter(({ name }) => again.includes(name))) {
    for (const surprise of surprisesOf(one)) process.stderr.write(`judged again, alone: ${surprise}\n`);
  }
  const second = await judgeOneByOne(again);
  return first.map((one) => second.find(({ name }) => name === one.name) ?? one);
}
