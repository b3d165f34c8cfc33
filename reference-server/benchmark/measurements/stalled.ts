import type { Load } from '../reader.ts';
import type { Session } from '../session.ts';
import { type Effort, stalledDataBytes, stalledRate, stalledStreams, streams } from '../settings.ts';
import type { Measurement } from './measurement.ts';

/** What one in ten readers that take nothing do to memory and to the others, beside a run in which all read. */
export const stalled: Measurement = {
  name: 'stalled readers',
  rounds: ({ coarseRounds }) => coarseRounds,
  inNamespace: true,
  async measure(start, effort) {
    const undisturbed = await load(start, 0, effort);
    const disturbed = await load(start, stalledStreams, effort);
    return {
      stalledGrowthBytes: disturbed.growthBytes - undisturbed.growthBytes,
      stalledP99Ratio: disturbed.p99Us / undisturbed.p99Us,
    };
  },
};

async function load(
  start: () => Promise<Session>,
  stalledCount: number,
  { warmUpSeconds, stalledSeconds }: Effort,
): Promise<Load & { readonly growthBytes: number }> {
  await using session = await start();
  const { reader } = session;
  // Warmed up before anyone stalls: what the first seconds take is not the stalled readers' doing.
  await reader.open(streams);
  await reader.openLoop(stalledRate, warmUpSeconds, stalledDataBytes);
  await reader.close();
  await reader.open(streams - stalledCount, { stalled: stalledCount });
  const before = session.usage().rssBytes;
  const result = await reader.openLoop(stalledRate, stalledSeconds, stalledDataBytes);
  return { ...result, growthBytes: session.usage().rssBytes - before };
}
