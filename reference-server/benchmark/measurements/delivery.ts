import { setTimeout as sleep } from 'node:timers/promises';
import type { Load } from '../reader.ts';
import type { Session } from '../session.ts';
import { aloneRate, dataBytes, type Effort, streams } from '../settings.ts';
import type { Measurement } from './measurement.ts';

/** How much of what was published must arrive for the cost of a delivery to mean anything. */
const leastDelivered = 0.99;

/** What a delivery costs when events go out one by one, and how many are made when the next waits for the last. */
export const delivery: Measurement = {
  name: 'delivery',
  rounds: ({ rounds }) => rounds,
  async measure(start, effort, { compresses }) {
    await using session = await start();
    const { reader } = session;
    await reader.open(streams);
    const { cpuUsPerDelivery, load } = await costAlone(session, effort);
    const one = await reader.closedLoop(1, effort.closedLoopSeconds, dataBytes);
    const eight = await reader.closedLoop(8, effort.closedLoopSeconds, dataBytes);
    const sample = {
      cpuUsPerDelivery,
      p50Us: load.p50Us,
      closedLoop1PerSecond: one.delivered / one.seconds,
      closedLoop8PerSecond: eight.delivered / eight.seconds,
    };
    if (!compresses) return sample;

    await reader.close();
    const { compressed } = await reader.open(streams, { gzip: true });
    // Asked for, and not given: there is nothing to compare.
    if (compressed < streams) return sample;
    const zipped = await costAlone(session, effort);
    return { ...sample, gzipCpuRatio: zipped.cpuUsPerDelivery / cpuUsPerDelivery };
  },
};

async function costAlone(session: Session, effort: Effort): Promise<{ cpuUsPerDelivery: number; load: Load }> {
  const { reader } = session;
  await reader.openLoop(aloneRate, effort.warmUpSeconds, dataBytes);
  // Until what the warm-up left to the garbage collector and the compiler is done.
  await sleep(100);
  const before = session.usage().cpuMs;
  const load = await reader.openLoop(aloneRate, effort.cpuSeconds, dataBytes);
  const cpuMs = session.usage().cpuMs - before;
  if (load.delivered < leastDelivered * load.expected) {
    throw new Error(`${load.delivered} of ${load.expected} deliveries arrived at ${aloneRate} events/s`);
  }
  return { cpuUsPerDelivery: (cpuMs * 1000) / load.delivered, load };
}
