/**
 * One gigabyte past 100 readers that take nothing: `npm run bench:stalled`. Each of them is sent 1 GiB of events that it
 * never reads; what they make the reference server hold, and what the ten readers beside them notice, is printed beside
 * the same run without them. The exit code is 1 where memory grew by more than queue and socket buffers explain.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPrograms } from './build.ts';
import { killChildren } from './child.ts';
import { ours } from './contenders.ts';
import type { Load } from './reader.ts';
import { startSession } from './session.ts';

const healthyStreams = 10;
const stalledStreams = 100;
const eventBytes = 32 * 1024;
const eventsPerSecond = 500;
const seconds = 1024 ** 3 / eventBytes / eventsPerSecond;
const warmUpSeconds = 5;
const fillSeconds = 5;
/**
 * What 100 stalled streams may hold: each a queue of 10 events, which it shares with the others, and what its socket was
 * given before it said that it is full, an event at most beyond its mark of 16 KiB. The collector may be late by as much.
 */
const mostGrowthBytes = 2 * (stalledStreams * (16 * 1024 + eventBytes) + 10 * eventBytes);

const scratch = mkdtempSync(join(tmpdir(), 'bench-stalled-'));
process.on('exit', () => {
  killChildren();
  rmSync(scratch, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

interface Phase extends Load {
  readonly rssBeforeBytes: number;
  readonly rssAfterBytes: number;
}

async function phase(name: string, stalled: number): Promise<Phase> {
  process.stderr.write(`${name}: ${Math.round(seconds)} s\n`);
  await using session = await startSession(ours, { built: scratch, scratch });
  await session.reader.open(healthyStreams);
  await session.reader.openLoop(eventsPerSecond, warmUpSeconds, eventBytes);
  await session.reader.close();
  await session.reader.open(healthyStreams, { stalled });
  const rssBeforeBytes = session.usage().rssBytes;
  // The kernel takes megabytes for each reader before the server sees that it stalls; that goes by unmeasured.
  await session.reader.openLoop(eventsPerSecond / 5, fillSeconds, eventBytes);
  const load = await session.reader.openLoop(eventsPerSecond, seconds, eventBytes);
  return { ...load, rssBeforeBytes, rssAfterBytes: session.usage().rssBytes };
}

buildPrograms(scratch);
const alone = await phase('without stalled readers', 0);
const beside = await phase(`beside ${stalledStreams} stalled readers`, stalledStreams);

const mebibytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
const milliseconds = (us: number): string => `${(us / 1000).toFixed(1)} ms`;
const line = (name: string, of: (phase: Phase) => string): string =>
  `${name.padEnd(34)}${of(alone).padStart(14)}${of(beside).padStart(14)}\n`;
process.stdout.write(`${''.padEnd(34)}${'alone'.padStart(14)}${`${stalledStreams} stalled`.padStart(14)}\n`);
process.stdout.write(line('published', ({ published }) => mebibytes(published * eventBytes)));
process.stdout.write(line('delivered to healthy readers', (load) => `${load.delivered} of ${load.expected}`));
process.stdout.write(line('p50 of the healthy', ({ p50Us }) => milliseconds(p50Us)));
process.stdout.write(line('p99 of the healthy', ({ p99Us }) => milliseconds(p99Us)));
process.stdout.write(line('RSS before', ({ rssBeforeBytes }) => mebibytes(rssBeforeBytes)));
process.stdout.write(line('RSS after', ({ rssAfterBytes }) => mebibytes(rssAfterBytes)));

const growth = ({ rssAfterBytes, rssBeforeBytes }: Phase): number => rssAfterBytes - rssBeforeBytes;
const held = growth(beside) - growth(alone);
const ratio = beside.p99Us / alone.p99Us;
const bounded = held <= mostGrowthBytes;
process.stdout.write(
  `\n${stalledStreams} stalled readers: ${mebibytes(held)} more than without them, at most ${mebibytes(mostGrowthBytes)} is ` +
    `${bounded ? '' : 'NOT '}kept; p99 of the healthy ${ratio.toFixed(2)}x\n`,
);
process.exit(bounded ? 0 : 1);
