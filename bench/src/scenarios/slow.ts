import { seededRandom } from '@ssert/protocol';
import type { StreamPlan } from '../engine/receiver-plan.ts';
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

function slowFindings({ summaries, windows, schedule, beginUs, untilUs }: Measured): Findings {
  const readers = summaries.flatMap((summary) => summary.slow);
  if (readers.length === 0) return {};
  const cut = readers.filter(({ endedUs }) => endedUs > 0).sort((a, b) => a.endedUs - b.endedUs);
  const rss = windows.filter(({ phase }) => phase !== 'ramp').flatMap((window) => window.rss ?? []);
  const grownBytes = Math.max(0, Math.max(...rss, 0) - (rss[0] ?? 0));
  const sentBytes = schedule.bytes.reduce(
    (sum, bytes, row) => sum + (beginUs + (schedule.atUs[row] ?? 0) < untilUs ? bytes : 0),
    0,
  );
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

/** What the server does with events for a reader that does not take them. */
function policyOf(exercised: boolean, cuts: boolean, grownBytes: number, sentBytes: number): string {
  if (cuts) return 'cuts';
  if (!exercised) return 'not exercised: the kernel still took what was sent';
  return grownBytes > 0.5 * (sentBytes - kernelBytes) ? 'buffers' : 'drops';
}
