import type { DeliveryAudit } from '../audit/delivery-audit.ts';
import type { ReceiverSummary } from './receiver-memory.ts';
import type { ReceiverPlan } from './receiver-plan.ts';

/** What one receiver tells at its end. */
export function summaryOf(
  plan: ReceiverPlan,
  audit: DeliveryAudit,
  uncounted: readonly number[],
  backAtUs: readonly number[],
  readBytes: Float64Array,
  endedUs: Float64Array,
): ReceiverSummary {
  const { expected, deliveredOf, meanUs, delivered, lost, lostAcrossReconnect } = audit.streams(uncounted);
  const byDelay = plan.streams
    .map((_, stream) => stream)
    .filter((stream) => (deliveredOf[stream] ?? 0) > 0)
    .sort((a, b) => (meanUs[b] ?? 0) - (meanUs[a] ?? 0));
  return {
    tally: audit.tally,
    delivered,
    lost,
    lostAcrossReconnect,
    numbers: Uint32Array.from(plan.streams, ({ number }) => number),
    expectedOf: expected,
    deliveredOf,
    meanUsOf: meanUs,
    worstDelays: audit.delays.of(byDelay.slice(0, Math.ceil(byDelay.length / 100))),
    firstUs: audit.firstUs,
    lastUs: audit.lastUs,
    overtaken: audit.overtaken,
    backAtUs: Float64Array.from(backAtUs),
    slow: plan.streams.flatMap(({ number, bytesPerS }, stream) =>
      bytesPerS === undefined ? [] : [{ number, bytes: readBytes[stream] ?? 0, endedUs: endedUs[stream] ?? 0 }],
    ),
  };
}
