/**
 * Runs the suite on every target in this folder and prints what it found, rule by server.
 *
 *     npm run check:targets -- [--quick] [--only NAME,NAME] [--json FILE] [--seed N]
 *
 * Exit 0 where each server was judged, what fails is what `expected.json` lists, and nothing was left undecided, else 1.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { efforts, type RuleResult, run, serverRules, type TargetDefinition } from '@ssert/conformance';
import { systemClock } from '@ssert/protocol/system';
import { type Expected, type Judged, surprises } from './surprises.ts';

const folder = import.meta.dirname;
const inCi = process.env.CI === 'true';

interface Timed extends Judged {
  readonly results: readonly RuleResult[];
  readonly durationMs: number;
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    seed: { type: 'string', default: '7' },
    update: { type: 'boolean', default: false },
  },
});

const marks: Readonly<Record<RuleResult['verdict'], string>> = {
  pass: 'ok',
  fail: 'FAIL',
  warn: 'warn',
  info: 'info',
  skip: '·',
  inconclusive: '?',
  error: 'ERROR',
};

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

const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());

async function judge(name: string): Promise<Timed> {
  const module = (await import(join(folder, name, 'ssert.target.ts'))) as { default: TargetDefinition };
  const results: RuleResult[] = [];
  const startedAtMs = systemClock.now();
  let problem: string | undefined;
  const effort = values.quick ? efforts.quick : efforts.default;
  const options = {
    rules: serverRules,
    clock: systemClock,
    seed: Number(values.seed),
    effort,
    signal: interrupt.signal,
  };
  for await (const event of run(module.default, options)) {
    if (event.kind === 'result') results.push(event.result);
    if (event.kind === 'broken-off') {
      problem = event.message;
      process.stderr.write(`${name}: broken off: ${event.message}\n`);
    }
    if (event.kind === 'phase') process.stderr.write(`${name}: ${event.phase}, ${event.rules} rules\n`);
  }
  const durationMs = systemClock.now() - startedAtMs;
  return { name, results, durationMs, ...(problem === undefined ? {} : { problem }) };
}

function table(judged: readonly Timed[]): string {
  const rows = serverRules.map(({ id, level }) => [
    id,
    level,
    ...judged.map(({ results }) => {
      const result = results.find((one) => one.id === id);
      return result ? marks[result.verdict] : '';
    }),
  ]);
  const counts = judged.map(({ results }) => String(results.filter(({ verdict }) => verdict === 'fail').length));
  const times = judged.map(({ durationMs }) => `${Math.round(durationMs / 1000)} s`);
  const all = [
    ['rule', 'level', ...judged.map(({ name }) => name)],
    ...rows,
    ['failures', '', ...counts],
    ['time', '', ...times],
  ];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = all;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

const names = targetNames();
const unfit = prepare(names);
const judged: Timed[] = [];
for (const name of names) {
  if (interrupt.signal.aborted) break;
  const why = unfit.get(name);
  if (why === undefined) judged.push(await judge(name));
  else if (inCi) throw new Error(`${name} ${why}`);
  else process.stderr.write(`${name} is skipped: it ${why}\n`);
}
process.stdout.write(`${table(judged)}\n\n`);
process.stdout.write(
  'ok: kept · FAIL: a MUST is broken · warn: a SHOULD is broken · ?: inconclusive · a dot: skipped\n',
);
for (const { name, results } of judged) {
  for (const { id, verdict, message } of results) {
    if (verdict === 'fail' || verdict === 'error' || verdict === 'inconclusive')
      process.stdout.write(`\n${name}  ${marks[verdict]}  ${id}\n    ${message}`);
  }
}
process.stdout.write('\n');
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
  for (const surprise of judged.flatMap((one) => surprises(one, expected, { quick: values.quick }))) {
    process.stderr.write(`not as expected: ${surprise}\n`);
    process.exitCode = 1;
  }
}
