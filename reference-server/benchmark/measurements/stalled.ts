import type { Sample } from '../figures.ts';
import type { Load } from '../reader.ts';
import { type Effort, stalledAmong, stalledDataBytes, stalledRate, stalledStreams } from '../settings.ts';
import type { Measurement, Start } from './measurement.ts';

/** What one in ten readers that take nothing do to memory and to the others, beside a run in which all read. */
export const stalled: Measurement = {
  name: 'stalled readers',
  rounds: ({ coarseRounds }) => coarseRounds,
  inNamespace: true,
  withoutPeersWhenQuick: true,
  enter: async (start, effort) => ({ measure: () => measure(start, effort) }),
};

async function measure(start: Start, effort: Effort): Promise<Sample> {
  const undisturbed = await load(start, 0, effort);
  const disturbed = await load(start, stalledStreams, effort);
  return {
    stalledGrowthBytes: disturbed.growthBytes - undisturbed.growthBytes,
    stalledP99Ratio: disturbed.p99Us / undisturbed.p99Us,
  };
}

async function load(
  start: Start,
  stalledCount: number,
  { warmUpSeconds, stalledSeconds }: Effort,
): Promise<Load & { readonly growthBytes: number }> {
  await using session = await start();
  const { reader } = session;
  // Warmed up before anyone stalls: what the first seconds take is not the stalled readers' doing.
  await reader.open(stalledAmong);
  await reader.openLoop(stalledRate, warmUpSeconds, stalledDataBytes);
  await reader.close();
  await reader.open(stalledAmong - stalledCount, { stalled: stalledCount });
  const before = session.usage().rssBytes;
  const result = await reader.openLoop(stalledRate, stalledSeconds, stalledDataBytes);
  reader.requireAccepted(result);
  return { ...result, growthBytes: session.usage().rssBytes - before };
}
