import { setTimeout as sleep } from 'node:timers/promises';
import { dataBytes, idleStreams, mostOpens } from '../settings.ts';
import type { Measurement } from './measurement.ts';

const settleMs = 1000;

/** What an open stream holds while nothing happens, and how fast streams are opened. */
export const idle: Measurement = {
  name: 'idle streams and opens',
  rounds: ({ coarseRounds }) => coarseRounds,
  async measure(start, { opensSeconds, warmUpSeconds }) {
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

    await reader.close();
    await sleep(settleMs);
    const { opened, seconds } = await reader.churn(mostOpens, opensSeconds);
    return { idleRssBytes, opensPerSecond: opened / seconds };
  },
};
