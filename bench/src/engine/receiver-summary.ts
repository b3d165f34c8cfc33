import type { DeliveryAudit, StreamAudit } from '../audit/delivery-audit.ts';
import type { ReceiverSummary } from './receiver-memory.ts';
import type { ReceiverPlan } from './receiver-plan.ts';
import type { Reconnections } from './reconnections.ts';

/** What one receiver tells at its end. */
export function summaryOf(
  plan: ReceiverPlan,
  audit: DeliveryAudit,
  uncounted: readonly number[],
  reconnections: Reconnections | undefined,
  readBytes: Float64Array,
  endedUs: Float64Array,
): ReceiverSummary {
  const found = audit.streams(uncounted);
  const { expected, deliveredOf, meanUs, delivered, lost, lostAcrossReconnect } = found;
  return {
    tally: audit.tally,
    expected: expected.reduce((total, one) => total + one, 0),
    delivered,
    lost,
    lostAcrossReconnect,
    numbers: Uint32Array.from(plan.streams, ({ number }) => number),
    expectedOf: expected,
    deliveredOf,
    meanUsOf: meanUs,
    worstDelays: worstDelaysOf(audit, found),
    firstUs: audit.firstUs,
    lastUs: audit.lastUs,
    overtaken: audit.overtaken,
    ...(reconnections ? { reconnections } : {}),
    slow: plan.streams.flatMap(({ number, bytesPerS }, stream) =>
      bytesPerS === undefined ? [] : [{ number, bytes: readBytes[stream] ?? 0, endedUs: endedUs[stream] ?? 0 }],
    ),
  };
}

/** Counts of delays of the 1 % of the streams with the largest mean. */
export function worstDelaysOf({ delays }: DeliveryAudit, { deliveredOf, meanUs }: StreamAudit): Float64Array {
  const byDelay = [...deliveredOf.keys()]
    .filter((stream) => (deliveredOf[stream] ?? 0) > 0)
    .sort((a, b) => (meanUs[b] ?? 0) - (meanUs[a] ?? 0));
  return delays.of(byDelay.slice(0, Math.ceil(byDelay.length / 100)));
}
