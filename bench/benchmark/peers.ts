/**
 * The same steady load on servers of the matrix, side by side: each in turn is started, measured and stopped, round after
 * round, so that what else goes on on this machine meets them all.
 *
 *     npm run bench:peers -- [--only NAME,NAME] [--rounds N] [--streams N] [--rate R] [--duration TIME] [--json FILE]
 *
 * Exit 3 where not one trial is valid, or the load is more than the generator vouches for.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { TargetDefinition } from '@ssert/conformance';
import { parseQuantity } from '@ssert/conformance/settings';
import { openAccess } from '../../cli/src/bench-access.ts';
import { interruption } from '../../conformance/matrix/judged.ts';
import { lacking, prepare } from '../../conformance/matrix/preparation.ts';
import { loadTarget, targetNames } from '../../conformance/targets/preparation.ts';
import { type GivenLoad, runBench, type Trial } from '../src/index.ts';
import { generatorCeiling } from '../src/self-check/ceiling.ts';
import { limits } from '../src/self-check/limits.ts';
import { thisHost } from '../src/server-use/host-figures.ts';
import { resolveLoad } from '../src/settings.ts';
import { type PeerRound, peerRound, peerTable } from './peers/peer-table.ts';

const targets = join(import.meta.dirname, '../../conformance/targets');
/** Stand on npm alone. Where a library has it, its variant that sends data as text. */
const usual = 'reference,express,hono,h3,fastify-sse-text,better-sse-text';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: usual },
    rounds: { type: 'string', default: '3' },
    streams: { type: 'string', default: '100' },
    rate: { type: 'string', default: '100' },
    duration: { type: 'string', default: '10s' },
    json: { type: 'string' },
  },
});
const signal = interruption();
const names = values.only.split(',');
const unknown = names.filter((name) => !targetNames().includes(name));
if (unknown.length > 0)
  throw new Error(`--only names none: ${unknown.join(', ')}; there are ${targetNames().join(' ')}`);
const given: GivenLoad = {
  streams: Number(values.streams),
  rate: Number(values.rate),
  durationMs: parseQuantity('--duration', values.duration, 'ms'),
  settleMinMs: 2000,
  settleMaxMs: 10_000,
};
const load = resolveLoad(given);

const rounds: PeerRound[] = [];
// What all peers speak, wherever they listen.
const spoken = { url: 'http://127.0.0.1/', protocol: 'http/1.1' } as const;
const ceiling = await generatorCeiling({ ...load, request: spoken, workers: 1 }, signal);
const vouchedFor = limits.ofCeiling * (ceiling ?? 0);
if (load.streams * load.rate > vouchedFor) {
  tell(`${load.streams * load.rate} deliveries/s are more than this generator vouches for, ${Math.floor(vouchedFor)}`);
} else {
  for (const name of names) await ready(name);
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    for (const name of names) if (!signal.aborted) rounds.push(await measured(round, name));
  }
  process.stdout.write(`${peerTable(rounds)}\n`);
  const host = thisHost({ url: 'http://127.0.0.1/' });
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ host, load, rounds }, null, 2)}\n`);
}
if (rounds.every(({ validity }) => validity === 'invalid')) process.exitCode = 3;

async function ready(name: string): Promise<void> {
  const { preparation } = await loadTarget(name);
  const lacks = lacking(preparation);
  if (lacks.length > 0) throw new Error(`${name} needs ${lacks.join(' and ')}, which is not on this machine`);
  prepare(preparation, join(targets, name));
}

/** Starts the server, measures it once, and stops it. */
async function measured(round: number, name: string): Promise<PeerRound> {
  try {
    await using opened = await openAccess(onItsCore(await definitionOf(name)), 'http/1.1', signal);
    const tool = { name: 'ssert', version: '0' };
    const { access } = opened;
    const options = { access, scenario: 'steady', load: given, ceiling: false, tool, signal } as const;
    const { trials } = await runBench(options, () => undefined);
    const done = peerRound(round, name, trials.at(-1) as Trial);
    tell(`round ${round}: ${name} ${done.validity}`);
    return done;
  } catch (error) {
    tell(`round ${round}: ${name} ${(error as Error).message}`);
    return { round, name, validity: 'invalid', reasons: [(error as Error).message] };
  }
}

/** The target as a bench starts it, where that differs. */
async function definitionOf(name: string): Promise<TargetDefinition> {
  const forBench = join(targets, name, 'bench.target.ts');
  if (!existsSync(forBench)) return (await loadTarget(name)).definition;
  return ((await import(forBench)) as { default: TargetDefinition }).default;
}

/** The generator has the other one. */
function onItsCore(definition: TargetDefinition): TargetDefinition {
  const own = definition.process;
  if (own === undefined || !('start' in own)) return definition;
  return { ...definition, process: { ...own, start: `taskset -cp 0 $$ >/dev/null; ${own.start}` } };
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
