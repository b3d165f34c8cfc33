import type { Sample } from '../figures.ts';
import { highestRate } from '../highest-rate.ts';
import { dataBytes, type Effort, streams, sustained } from '../settings.ts';
import type { Measurement, Start } from './measurement.ts';

/** The most deliveries a second at a rate that does not wait for the server. */
export const capacity: Measurement = {
  name: 'capacity',
  rounds: ({ coarseRounds }) => coarseRounds,
  withoutPeersWhenQuick: true,
  enter: async (start, effort) => ({ measure: () => measure(start, effort) }),
};

async function measure(start: Start, { probeSeconds, mostProbes, warmUpSeconds }: Effort): Promise<Sample> {
  await using session = await start();
  const { reader } = session;
  await reader.open(streams);
  // What the server does when it is always behind is about what it can do at all.
  const { delivered, seconds } = await reader.closedLoop(8, warmUpSeconds + 0.5, dataBytes);
  const rate = await highestRate(delivered / seconds / streams, mostProbes, async (eventsPerSecond) => {
    const load = await reader.openLoop(eventsPerSecond, probeSeconds, dataBytes);
    return (
      load.refused === 0 &&
      load.delivered >= sustained.delivered * load.expected &&
      load.p99Us < sustained.p99Us &&
      load.endLagUs >= 0 &&
      load.endLagUs < sustained.endLagUs
    );
  });
  return { sustainedPerSecond: rate * streams };
}
