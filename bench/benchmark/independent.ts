/**
 * Whether another load client, in C and with no line in common, finds the same: `npm run bench:independent -- [--rounds N]
 * [--streams N] [--rate R] [--duration TIME]`. Both take turns on a reference server that is started for each, with the
 * same schedule; both count what is published once three seconds are over, as JavaScript that runs for the first time is slow.
 * Deliveries must agree within 0.5 %, the medians of p99 within 10 % or 1 ms; where a round of ours is invalid,
 * its times and those beside it are in no median.
 *
 * Exit 1 where they do not, 3 where every round of ours was invalid.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { parseQuantity } from '@ssert/conformance/settings';
import jstat from 'jstat';
import { type OpenedAccess, openAccess } from '../../cli/src/bench-access.ts';
import { interruption } from '../../conformance/matrix/judged.ts';
import reference from '../../conformance/targets/reference/bench.target.ts';
import { canaryStreams } from '../src/engine/share-out.ts';
import { runBench } from '../src/index.ts';
import { resolveLoad } from '../src/settings.ts';

const run = promisify(execFile);
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    streams: { type: 'string', default: '200' },
    rate: { type: 'string', default: '50' },
    duration: { type: 'string', default: '10s' },
  },
});
const warmUpMs = 3000;
const signal = interruption();
const load = resolveLoad({
  streams: Number(values.streams),
  rate: Number(values.rate),
  durationMs: parseQuantity('--duration', values.duration, 'ms'),
  settleMinMs: warmUpMs,
  settleMaxMs: warmUpMs,
});

/** What either client found. */
interface Found {
  readonly delivered: number;
  readonly p99Ms: number;
  readonly doubt?: string;
}

async function ours({ access }: OpenedAccess): Promise<Found> {
  const tool = { name: 'ssert', version: '0' };
  const options = { access, scenario: 'steady', load, ceiling: false, tool, signal } as const;
  const { trials, verdict } = await runBench(options, () => undefined);
  const { counts, hist } = trials[0] as (typeof trials)[number];
  const found = { delivered: counts.delivered, p99Ms: (hist.delivery?.p99 ?? Number.POSITIVE_INFINITY) / 1000 };
  return verdict.validity === 'invalid' ? { ...found, doubt: verdict.reasons.join('; ') } : found;
}

async function theirs(client: string, { access }: OpenedAccess): Promise<Found> {
  const { port, pathname } = new URL(access.request.url);
  const { streams, rate, durationMs, payloadBytes } = load;
  // As many more as our canary holds, so that the server has the same to do.
  const numbers = [
    streams,
    Math.min(canaryStreams, streams),
    rate,
    warmUpMs / 1000,
    durationMs / 1000,
    payloadBytes,
  ].map(String);
  const { stdout } = await run(client, [port, pathname, ...numbers], { signal });
  const { delivered, p99Ms } = JSON.parse(stdout);
  return { delivered, p99Ms: p99Ms < 0 ? Number.POSITIVE_INFINITY : p99Ms };
}

async function onFreshServer(measure: (opened: OpenedAccess) => Promise<Found>): Promise<Found> {
  await using opened = await openAccess(reference, 'http/1.1', signal);
  return await measure(opened);
}

const folder = await mkdtemp(join(tmpdir(), 'ssert-independent-'));
const pairs: (readonly [ours: Found, theirs: Found])[] = [];
try {
  const client = join(folder, 'load-client');
  await run('cc', ['-O2', '-Wall', '-Wextra', '-o', client, join(import.meta.dirname, 'independent/load-client.c')]);
  for (let round = 1; round <= Number(values.rounds); round += 1) {
    const own = await onFreshServer(ours);
    const other = await onFreshServer((opened) => theirs(client, opened));
    const doubt = own.doubt === undefined ? '' : `; ours is invalid: ${own.doubt}`;
    console.log(
      `round ${round}: ours ${own.delivered} deliveries, p99 ${own.p99Ms.toFixed(2)} ms; theirs ${other.delivered}, ${other.p99Ms.toFixed(2)} ms${doubt}`,
    );
    pairs.push([own, other]);
  }
} finally {
  await rm(folder, { recursive: true });
}

const delivered = (side: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[side].delivered, 0);
const valid = pairs.filter(([{ doubt }]) => doubt === undefined);
const p99 = (side: 0 | 1): number => jstat.median(valid.map((pair) => pair[side].p99Ms));
const deliveries = delivered(0) / delivered(1);
console.log(
  `${values.streams} streams, ${values.rate} publishes/s, ${values.duration}; load average ${loadavg()[0]?.toFixed(1)}`,
);
console.log(`deliveries ours/theirs ${deliveries.toFixed(4)} over ${pairs.length} rounds`);
if (valid.length === 0) {
  console.log('every round of ours was invalid: no times are compared');
  process.exitCode = 3;
} else {
  const [own, other] = [p99(0), p99(1)];
  console.log(
    `p99 ours/theirs ${(own / other).toFixed(2)} (${own.toFixed(2)} and ${other.toFixed(2)} ms) over ${valid.length} valid rounds`,
  );
  const agree = Math.abs(deliveries - 1) <= 0.005 && Math.abs(own - other) <= Math.max(1, 0.1 * other);
  console.log(agree ? 'they agree' : 'they do not agree');
  process.exitCode = agree ? 0 : 1;
}
