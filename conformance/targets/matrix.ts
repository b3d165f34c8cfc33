/**
 * Runs the suite on every target in this folder and prints what it found, rule by server.
 *
 *     npm run check:targets -- [--quick] [--only NAME,NAME] [--json FILE] [--html FILE] [--seed N]
 *
 * Exit 0 where each server was judged, what fails is what `expected.json` lists, and nothing was left undecided, else 1.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { TargetDefinition } from '@ssert/conformance';
import { matrixPage } from '../../cli/src/index.ts';
import { interruption, type Judged, judge, remarks, table } from './judging.ts';
import { type Expected, surprises } from './surprises.ts';

const folder = import.meta.dirname;
const inCi = process.env.CI === 'true';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    html: { type: 'string' },
    seed: { type: 'string', default: '7' },
    update: { type: 'boolean', default: false },
  },
});

/** Folders with a target file, the reference server first. */
function targetNames(): string[] {
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'ssert.target.ts')));
  const wanted = values.only?.split(',');
  const unknown = wanted?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0)
    throw new Error(`--only names no target: ${unknown.join(', ')}; there are ${names.join(' ')}`);
  return names
    .filter((name) => wanted?.includes(name) ?? true)
    .sort((a, b) => Number(b === 'reference') - Number(a === 'reference') || a.localeCompare(b));
}

/** Installs what the targets stand on; tells which cannot be built on this machine. */
function prepare(names: readonly string[]): Map<string, string> {
  const unfit = new Map<string, string>();
  const isGo = (name: string): boolean => existsSync(join(folder, name, 'go.mod'));
  if (!names.every(isGo) && !existsSync(join(folder, 'node_modules/.package-lock.json'))) {
    const { status } = spawnSync('npm', ['ci'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    if (status !== 0) throw new Error('npm ci failed in conformance/targets');
  }
  for (const name of names.filter(isGo)) {
    const build = spawnSync('go', ['build', '-o', 'server', '.'], { cwd: join(folder, name), encoding: 'utf8' });
    if (build.error) unfit.set(name, 'needs Go, which is not on this machine');
    else if (build.status !== 0) throw new Error(`go build failed for ${name}: ${build.stderr}`);
  }
  return unfit;
}

const names = targetNames();
const unfit = prepare(names);
const signal = interruption();
const judged: Judged[] = [];
for (const name of names) {
  if (signal.aborted) break;
  const why = unfit.get(name);
  if (why === undefined) {
    const module = (await import(join(folder, name, 'ssert.target.ts'))) as { default: TargetDefinition };
    judged.push(await judge(name, module.default, { quick: values.quick, seed: Number(values.seed), signal }));
  } else if (inCi) throw new Error(`${name} ${why}`);
  else process.stderr.write(`${name} is skipped: it ${why}\n`);
}
process.stdout.write(`${table(judged)}\n${remarks(judged, ['fail', 'error', 'inconclusive'])}\n`);
if (values.html !== undefined) writeFileSync(values.html, matrixPage(judged));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(judged, null, 2)}\n`);

const expectedFile = join(folder, 'expected.json');
if (values.update) {
  const found = judged.map(({ name, results }) => [
    name,
    results.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id),
  ]);
  writeFileSync(expectedFile, `${JSON.stringify(Object.fromEntries(found), null, 2)}\n`);
} else {
  const expected = JSON.parse(readFileSync(expectedFile, 'utf8')) as Expected;
  const { quick } = values;
  const found = judged.flatMap((one) => surprises(one, expected, { quick, strict: one.name === 'reference' }));
  for (const surprise of found) {
    process.stderr.write(`not as expected: ${surprise}\n`);
    process.exitCode = 1;
  }
}
