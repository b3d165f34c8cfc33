/**
 * Runs the suite again and again while other processes keep every core busy: servers that keep every rule must never be
 * accused, planted defects must be found every time.
 *
 *     npm run check:stability -- [--quick-runs 20] [--full-runs 5] [--only TEXT,TEXT] [--jobs 6] [--json FILE]
 *       [--seed N] [--part 1/3]
 *
 * `--only` takes the servers whose name contains one of the texts, such as `legal/http` or `reference`; `--list` prints
 * the names. `--jobs` servers are judged at once, as most of a run is waiting. Defects are judged by `--quick-runs`
 * alone. With `--json` each run is kept at once, and a run that the file holds already is not repeated: the whole takes
 * hours, and goes on where it was interrupted. As one process uses one core at most, `--part 2/3` judges every third server
 * only, so that others can judge the rest beside it, each with a file of its own; the first of them keeps the cores busy. What
 * several files hold is told by `--quick-runs 0 --full-runs 0 --json FILE`, with the lines of all behind the first of one.
 *
 * Exit 0 where there was no accusation, no miss and no problem.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { efforts } from '@ssert/conformance';
import { freshSeed, systemClock } from '@ssert/protocol/system';
import { interruption } from '../matrix/judged.ts';
import { allCases, type Case } from './cases.ts';
import { type EffortName, type RunRecord, recordOf, report, surprisesOf } from './tally.ts';

const { values } = parseArgs({
  options: {
    'quick-runs': { type: 'string', default: '20' },
    'full-runs': { type: 'string', default: '5' },
    only: { type: 'string' },
    jobs: { type: 'string', default: '6' },
    json: { type: 'string' },
    seed: { type: 'string' },
    part: { type: 'string', default: '1/1' },
    list: { type: 'boolean', default: false },
  },
});

/** What the file of `--json` holds. */
interface Kept {
  readonly seed: number;
  readonly runs: RunRecord[];
}

const scratch = mkdtempSync(join(tmpdir(), 'ssert-stability-'));
const signal = interruption();
const [part, parts] = partFrom(values.part);
const cases = chosen(allCases(scratch)).filter((_, at) => at % parts === part - 1);
const kept = readKept();
const jobs = wholeNumber('jobs');

try {
  if (values.list) process.stdout.write(`${cases.map(({ name }) => name).join('\n')}\n`);
  else await checkAll();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function checkAll(): Promise<void> {
  process.stderr.write(`${cases.length} servers, seeds from ${kept.seed}\n`);
  const wanted: Readonly<Record<EffortName, number>> = {
    quick: wholeNumber('quick-runs'),
    full: wholeNumber('full-runs'),
  };
  const innocent = cases.filter(({ expects }) => expects.kind === 'innocent');
  const busy = keepCoresBusy();
  try {
    for (let turn = 1; turn <= wanted.quick; turn += 1) {
      await judgeEach(cases, 'quick', turn);
    }
    for (let turn = 1; turn <= wanted.full; turn += 1) {
      await judgeEach(innocent, 'full', turn);
    }
  } finally {
    for (const child of busy) child.kill();
  }
  process.stdout.write(`${report(kept.runs, cases)}\n`);
  if (surprisesOf(kept.runs, cases).length > 0 || kept.runs.length === 0 || signal.aborted) process.exitCode = 1;
}

async function judgeEach(some: readonly Case[], effort: EffortName, turn: number): Promise<void> {
  const waiting = some.values();
  const work = async (): Promise<void> => {
    for (const one of waiting) await judgeOnce(one, effort, turn);
  };
  await Promise.all(Array.from({ length: jobs }, work));
}

async function judgeOnce(one: Case, effort: EffortName, turn: number): Promise<void> {
  if (signal.aborted) return;
  const same = (run: RunRecord): boolean => run.server === one.name && run.effort === effort && run.turn === turn;
  if (kept.runs.some(same)) return;
  // Each turn has a seed of its own, the same for all servers.
  const seed = (kept.seed + turn - 1 + (effort === 'full' ? 1000 : 0)) % 2 ** 31;
  const startedAtMs = systemClock.now();
  const settings = { seed, signal, effort: effort === 'quick' ? efforts.quick : efforts.default };
  const told = await one.judge(settings);
  // What an interruption cut short says nothing.
  if (signal.aborted) return;
  const durationMs = Math.round(systemClock.now() - startedAtMs);
  const record = recordOf({ server: one.name, effort, turn, seed, durationMs }, told);
  kept.runs.push(record);
  keep(record);
  process.stderr.write(`${progressOf(record)}\n`);
}

function progressOf(run: RunRecord): string {
  const surprises = surprisesOf([run], cases);
  const red = surprises.map(({ kind, message }) => `\n    ${kind}: ${message}`).join('');
  const undecided = run.said.filter(({ verdict }) => verdict === 'inconclusive').length;
  const state = run.harness
    ? `, delayed ${run.harness.eventLoopDelayWorstMs} ms, pressure ${Math.round(run.harness.cpuPressureShare * 100)}%`
    : '';
  const what = `${run.effort} ${run.turn}, seed ${run.seed}`;
  return `${run.server} (${what}): ${(run.durationMs / 1000).toFixed(1)} s, ${undecided} undecided${state}${red}`;
}

/** A process for each core that does nothing but use it; each ends by itself when this one is gone. */
function keepCoresBusy(): ChildProcess[] {
  if (signal.aborted || part > 1) return [];
  const script = join(import.meta.dirname, 'busy-loop.ts');
  return Array.from({ length: availableParallelism() }, () => spawn(process.execPath, [script], { stdio: 'ignore' }));
}

function chosen(all: readonly Case[]): readonly Case[] {
  const texts = values.only?.split(',');
  const some = all.filter(({ name }) => texts?.some((text) => name.includes(text)) ?? true);
  if (some.length === 0) throw new Error(`--only ${values.only} fits no server: --list names them`);
  return some;
}

function partFrom(text: string): [part: number, parts: number] {
  const [, part, parts] = /^([1-9]\d*)\/([1-9]\d*)$/.exec(text)?.map(Number) ?? [];
  if (part === undefined || parts === undefined || part > parts)
    throw new Error(`--part is ${JSON.stringify(text)}; give one such as 2/3`);
  return [part, parts];
}

function wholeNumber(name: 'quick-runs' | 'full-runs' | 'jobs'): number {
  const text = values[name];
  if (!/^\d+$/.test(text)) throw new Error(`--${name} is ${JSON.stringify(text)}; give a whole number`);
  return Number(text);
}

/** The seed stands in the file's first line, a run in each that follows; a last line that was cut short does not count. */
function readKept(): Kept {
  const { json, seed } = values;
  if (json !== undefined && existsSync(json)) {
    const [first = '', ...lines] = readFileSync(json, 'utf8').split('\n').slice(0, -1);
    const { seed: begun } = JSON.parse(first) as { seed: number };
    return { seed: begun, runs: lines.map((line) => JSON.parse(line) as RunRecord) };
  }
  const fresh = seed === undefined ? freshSeed() : Number(seed);
  keep({ seed: fresh });
  return { seed: fresh, runs: [] };
}

function keep(line: object): void {
  if (values.json !== undefined) appendFileSync(values.json, `${JSON.stringify(line)}\n`);
}
