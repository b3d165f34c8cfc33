import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from '../contenders.ts';
import type { Sample } from '../figures.ts';
import { dataBytes, type Effort, idleStreams, mostOpens } from '../settings.ts';
import type { Measurement, Start } from './measurement.ts';

/** What an open stream holds while nothing happens, and how fast streams are opened. */
export const idle: Measurement = {
  name: 'idle streams and opens',
  rounds: ({ coarseRounds }) => coarseRounds,
  enter: async (start, effort, { heads }) => ({ measure: () => measure(start, effort, heads) }),
};

async function measure(
  start: Start,
  { opensSeconds, warmUpSeconds, settleMs }: Effort,
  heads: Contender['heads'],
): Promise<Sample> {
  await using session = await start();
  const { reader } = session;
  // What the server loads and compiles at its first streams and events belongs to none of them.
  await reader.open(100);
  await reader.openLoop(20, warmUpSeconds, dataBytes);
  await reader.close();
  await sleep(settleMs);
  const before = session.usage().rssBytes;
  await reader.open(idleStreams);
  await sleep(settleMs);
  const idleRssBytes = (session.usage().rssBytes - before) / idleStreams;

  // A stream without a head cannot be told from one that is not accepted yet.
  if (heads === 'lazy') return { idleRssBytes };
  await reader.close();
  await sleep(settleMs);
  const { opened, seconds } = await reader.churn(mostOpens, opensSeconds);
  return { idleRssBytes, opensPerSecond: opened / seconds };
}
