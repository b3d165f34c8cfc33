/**
 * The reference server beside its peers and the floor: `npm run bench:server -- --help`. README.md tells how to read it.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildPrograms } from './build.ts';
import { killChildren } from './child.ts';
import { type Contender, floor, ours, peers } from './contenders.ts';
import { Samples } from './figures.ts';
import { capacity } from './measurements/capacity.ts';
import { delivery } from './measurements/delivery.ts';
import { idle } from './measurements/idle.ts';
import type { Entrant, Measurement } from './measurements/measurement.ts';
import { stalled } from './measurements/stalled.ts';
import { openNamespace } from './namespace.ts';
import { startSession } from './session.ts';
import { type Effort, efforts } from './settings.ts';
import { table } from './table.ts';

const all = [floor, ours, ...peers];
const measurements: readonly Measurement[] = [delivery, idle, stalled, capacity];

const help = `npm run bench:server -- [flags]

Measures the reference server, its peers and a C floor, each on core 0 with the reader on core 1, in turn.

  --quick            ${efforts.quick.rounds} rounds instead of ${efforts.full.rounds}, and less of the peers
  --only NAME,NAME   of ${all.map(({ name }) => name).join(' ')} (the floor always)
  --rounds N         rounds of the delivery figures
  --json FILE        writes every sample
  --help
`;

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const samples = new Samples();
/** What was not measured, and why. */
const notes = new Set<string>();
const scratch = mkdtempSync(join(tmpdir(), 'bench-server-'));
let interrupted = false;

process.on('exit', () => {
  killChildren();
  rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted = true;
    // Whatever waits for one of them fails, and the loop below ends.
    killChildren();
  });
}

const seconds = (): number => Math.round(performance.now() / 1000);

function progress(text: string): void {
  process.stderr.write(`${seconds()} s: ${text}\n`);
}

function effort(): Effort {
  const chosen = flags.quick ? efforts.quick : efforts.full;
  const rounds = flags.rounds === undefined ? chosen.rounds : Number(flags.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds is ${flags.rounds}; give a whole number from 1`);
  return { ...chosen, rounds };
}

function contenders(): Contender[] {
  const only = flags.only?.split(',');
  const unknown = only?.filter((name) => !all.some((one) => one.name === name)) ?? [];
  if (unknown.length > 0) {
    throw new Error(
      `--only names no server: ${unknown.join(', ')}; there are ${all.map(({ name }) => name).join(' ')}`,
    );
  }
  const wanted = all.filter((one) => one === floor || (only?.includes(one.name) ?? one.onRequest !== true));
  return wanted.filter(({ name, prepare }) => {
    const why = prepare?.();
    if (why !== undefined) notes.add(`${name} is skipped: it ${why}`);
    return why === undefined;
  });
}

function requireMachine(): void {
  if (process.platform !== 'linux') throw new Error('the benchmark reads /proc and pins processes: run it on Linux');
  if (cpus().length < 2) throw new Error('the benchmark needs two cores: one for the server, one for the reader');
  if (spawnSync('taskset', ['-V']).error) throw new Error('the benchmark needs taskset (Debian: util-linux)');
}

/** Every round measures each server once, the floor first: ratios are taken within a round. */
async function measure(measurement: Measurement, servers: readonly Contender[], chosen: Effort): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const namespace = measurement.inNamespace ? opened.use(await openNamespace()) : undefined;
  const entrants = new Map<string, Entrant>();

  /** What one server cannot do, or not in this round, is noted, and the others go on. */
  async function attempt(name: string, step: () => Promise<void>): Promise<void> {
    if (interrupted) return;
    try {
      await step();
    } catch (error) {
      if (!interrupted) notes.add(`${name}, ${measurement.name}: ${(error as Error).message}`);
    }
  }

  for (const contender of servers) {
    const { name } = contender;
    await attempt(name, async () => {
      const start = () => startSession(contender, { built: scratch, scratch }, namespace?.prefix);
      const entrant = await measurement.enter(start, chosen, contender);
      opened.defer(async () => entrant[Symbol.asyncDispose]?.());
      entrants.set(name, entrant);
    });
  }
  const rounds = measurement.rounds(chosen);
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, entrant] of [...entrants]) {
      await attempt(name, async () => {
        progress(`${measurement.name}, round ${round + 1} of ${rounds}: ${name}`);
        samples.add(name, round, await entrant.measure());
      });
    }
  }
}

async function run(): Promise<void> {
  requireMachine();
  const chosen = effort();
  const servers = contenders();
  buildPrograms(scratch);
  for (const measurement of measurements) {
    if (interrupted) break;
    try {
      const few = flags.quick && measurement.withoutPeersWhenQuick;
      await measure(measurement, few ? servers.filter((one) => one === floor || one === ours) : servers, chosen);
      if (few) notes.add(`${measurement.name}: without peers in a quick run`);
    } catch (error) {
      if (!interrupted) notes.add(`${measurement.name} is skipped: ${(error as Error).message}`);
    }
  }
  const machine = `${cpus()[0]?.model}, Linux ${release()}, Node ${process.version}`;
  process.stdout.write(
    `${machine}; ${seconds()} s${interrupted ? ', interrupted' : ''}\n\n${table(servers, samples)}\n`,
  );
  for (const note of notes) process.stdout.write(`\n- ${note}`);
  process.stdout.write(notes.size > 0 ? '\n' : '');
  if (flags.json !== undefined) {
    writeFileSync(flags.json, `${JSON.stringify({ machine, effort: chosen, notes: [...notes], samples }, null, 2)}\n`);
  }
}

if (flags.help) process.stdout.write(help);
else await run();
process.exit(interrupted ? 130 : 0);
