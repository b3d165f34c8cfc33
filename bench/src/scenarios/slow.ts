import { seededRandom } from '@ssert/protocol';
import type { StreamPlan } from '../engine/receiver-plan.ts';
import type { Trial } from '../results/bench-result.ts';
import type { Load } from '../settings.ts';
import { type Findings, type Measured, rampOf, type Scenario, steadyLoad } from './scenario.ts';

/**
 * What the kernel's buffers of one loopback connection took before the server had to queue a byte: fewer bytes sent to a
 * reader that has stopped show nothing of the server.
 */
export const kernelBytes: number = 3872 * 1024;

export const slow: Scenario = {
  name: 'slow',
  meaning: 'Some clients read slowly and some stop; measured is what the others notice of them.',
  publishes: true,
  streams: slowStreams,
  schedule: steadyLoad,
  first: (load) => ({ ...load, slow: 0, stalled: 0 }),
  findings: slowFindings,
  besideFirst: isolation,
};

/** Which ones read slowly is drawn by chance, so that they stand everywhere in the server's list. */
function slowStreams(load: Load): StreamPlan[] {
  const random = seededRandom(load.seed + 2);
  return rampOf(load).map((stream) => {
    const draw = random.next();
    if (draw < load.stalled) return { ...stream, bytesPerS: 0 };
    return draw < load.stalled + load.slow ? { ...stream, bytesPerS: load.slowBytesPerS } : stream;
  });
}

export function slowFindings(measured: Measured): Findings {
  const { summaries, windows, beginUs } = measured;
  const readers = summaries.flatMap((summary) => summary.slow);
  if (readers.length === 0) return {};
  const cut = readers.filter(({ endedUs }) => endedUs > 0).sort((a, b) => a.endedUs - b.endedUs);
  const rss = windows.filter(({ phase }) => phase !== 'ramp').flatMap((window) => window.rss ?? []);
  const grownBytes = Math.max(0, Math.max(...rss, 0) - (rss[0] ?? 0));
  const sentBytes = leastSent(measured);
  const exercised = sentBytes > kernelBytes;
  return {
    slowStreams: readers.length,
    cut: cut.length,
    ...(cut[0] ? { firstCutMs: Math.round((cut[0].endedUs - beginUs) / 1000) } : {}),
    sentBytesPerStream: sentBytes,
    rssBytesPerSlowStream: Math.round(grownBytes / readers.length),
    policy: policyOf(exercised, cut.length > 0, grownBytes / readers.length, sentBytes),
  };
}

/** Bytes of data for a stream, of the topic that had least: with more, a server could be said to drop what it was never given. */
function leastSent({ load, schedule, refused, beginUs, untilUs }: Measured): number {
  const sentBytes = new Float64Array(load.topics);
  schedule.bytes.forEach((bytes, row) => {
    const topic = schedule.topic[row] ?? 0;
    const isSent = beginUs + (schedule.atUs[row] ?? 0) < untilUs && !refused.has(row);
    if (isSent) sentBytes[topic] = (sentBytes[topic] ?? 0) + bytes;
  });
  return Math.min(...sentBytes);
}

/** How many times later p99 of delivery to those who read at once is, with the others there; 1 is not at all. */
function isolation(without: Trial, withSlow: Trial): Findings {
  const [before, now] = [without, withSlow].map(({ hist }) => hist.delivery?.p99 ?? 0) as [number, number];
  return before > 0 && now > 0 ? { isolation: now / before } : {};
}

/** What the server does with events for a reader that does not take them. */
function policyOf(exercised: boolean, cuts: boolean, grownBytes: number, sentBytes: number): string {
  if (cuts) return 'cuts';
  if (!exercised) return 'not exercised: the kernel still took what was sent';
  return grownBytes > 0.5 * (sentBytes - kernelBytes) ? 'buffers' : 'drops';
}
