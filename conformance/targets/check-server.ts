/**
 * Runs the suite on the reference server in every way that it can be run, and on its streams in other servers.
 *
 *     npm run check:server -- [--quick] [--only NAME,NAME] [--json FILE] [--seed N]
 *
 * Exit 0 where nothing was found in any of them: no failure, no warning, nothing inconclusive; and, of all of them in
 * full, where each rule was seen to be kept by one at least.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type RuleResult, serverRules } from '@ssert/conformance';
import { interruption, type Judged, remarks, table } from '../matrix/judged.ts';
import { surprises } from '../matrix/surprises.ts';
import { judge } from './judging.ts';
import { startRedis } from './reference/redis.ts';
import { redisVariant, type Variant, variants } from './reference/variants.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    seed: { type: 'string', default: '7' },
  },
});

const examples = join(import.meta.dirname, '../../reference-server/examples');
const scratch = mkdtempSync(join(tmpdir(), 'ssert-check-'));
const signal = interruption();
const judged: Judged[] = [];

try {
  const wanted = chosen(variants(scratch));
  if (wanted.some(({ isExample }) => isExample)) installExamples();
  for (const variant of wanted) await judgeVariant(variant);
  if (wants('redis') && !signal.aborted) await judgeOnRedis();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(`${table(judged, serverRules)}\n${remarks(judged, ['fail', 'warn', 'inconclusive', 'error'])}\n`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(judged, null, 2)}\n`);
const faults = judged.flatMap((one) => surprises(one, {}, { quick: values.quick, strict: true }));
if (values.only === undefined && !values.quick) faults.push(...neverKept());
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0 || judged.length === 0 || signal.aborted) process.exitCode = 1;

/** A rule that no variant has use for shows nothing of how it is kept. */
function neverKept(): string[] {
  const good = new Set(judged.flatMap(({ results }) => results.filter(isGood).map(({ id }) => id)));
  return serverRules.filter(({ id }) => !good.has(id)).map(({ id }) => `${id}: no variant was seen to keep it`);
}

function isGood({ verdict }: RuleResult): boolean {
  return verdict === 'pass' || verdict === 'info';
}

function wants(name: string): boolean {
  return values.only?.split(',').includes(name) ?? true;
}

function chosen(all: readonly Variant[]): readonly Variant[] {
  const names = [...all.map(({ name }) => name), 'redis'];
  const unknown = values.only?.split(',').filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0) throw new Error(`--only names no variant: ${unknown}; there are ${names.join(' ')}`);
  return all.filter(({ name }) => wants(name));
}

function installExamples(): void {
  if (existsSync(join(examples, 'node_modules/.package-lock.json'))) return;
  const { status } = spawnSync('npm', ['ci'], { cwd: examples, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('npm ci failed in reference-server/examples');
}

async function judgeVariant({ name, target, needs, prepare }: Variant): Promise<void> {
  if (signal.aborted) return;
  if (needs !== undefined && spawnSync(needs, ['--version'], { stdio: 'ignore' }).error !== undefined) {
    process.stderr.write(`${name} needs ${needs}, which is not on this machine: skipped\n`);
    return;
  }
  prepare?.();
  judged.push(await judge(name, target, { quick: values.quick, seed: Number(values.seed), signal }));
}

async function judgeOnRedis(): Promise<void> {
  const redis = await startRedis(scratch);
  if (redis === undefined) {
    const why = 'redis needs redis-server, which is not on this machine';
    if (process.env.CI === 'true') throw new Error(why);
    process.stderr.write(`${why}: skipped\n`);
    return;
  }
  try {
    await judgeVariant(redisVariant(redis.url));
  } finally {
    redis.stop();
  }
}
