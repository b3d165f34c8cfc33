import type { AuditTally, StreamAudit } from '../../audit/delivery-audit.ts';
import type { ReceiverSummary } from '../receiver-memory.ts';
import type { StreamPlan } from '../receiver-plan.ts';
import { worstDelaysOf } from '../receiver-summary.ts';
import type { ClientGroup } from './client-groups.ts';

/** A group, and what it got of what was due. */
type Audited = ClientGroup & { readonly found: StreamAudit };

/**
 * What one receiver of played clients tells at its end. Lost is only what clients lack that read as fast as they can;
 * fairness, fan-out and stalls are told of those alone that have no loss and no bad network.
 */
export function summaryOfClients(
  groups: readonly ClientGroup[],
  streams: readonly StreamPlan[],
  publishes: number,
  uncounted: readonly number[],
): ReceiverSummary {
  const all: Audited[] = groups.map((group) => ({ ...group, found: group.audit.streams(uncounted) }));
  const reading = all.filter(({ burden }) => burden !== 'reading');
  const plain = all.filter(({ burden }) => burden === 'none');
  const tallied = (name: keyof AuditTally): number => sum(all, ({ audit }) => audit.tally[name]);
  const rows = Array.from({ length: publishes }, (_, row) => row);
  return {
    tally: {
      duplicate: tallied('duplicate'),
      redelivered: tallied('redelivered'),
      edge: tallied('edge'),
      corrupt: tallied('corrupt'),
      restamped: tallied('restamped'),
    },
    expected: sum(reading, ({ found }) => total(found.expected)),
    delivered: sum(reading, ({ found }) => found.delivered),
    lost: sum(reading, ({ found }) => found.lost),
    lostAcrossReconnect: sum(reading, ({ found }) => found.lostAcrossReconnect),
    numbers: Uint32Array.from(plain.flatMap((group) => group.streams.map((stream) => streams[stream]?.number ?? 0))),
    expectedOf: Uint32Array.from(plain.flatMap(({ found }) => [...found.expected])),
    deliveredOf: Uint32Array.from(plain.flatMap(({ found }) => [...found.deliveredOf])),
    meanUsOf: Float64Array.from(plain.flatMap(({ found }) => [...found.meanUs])),
    worstDelays: added(plain.map(({ audit, found }) => worstDelaysOf(audit, found))),
    firstUs: Float64Array.from(rows, (row) => earliest(plain.map(({ audit }) => audit.firstUs[row] ?? 0))),
    lastUs: Float64Array.from(rows, (row) => Math.max(0, ...plain.map(({ audit }) => audit.lastUs[row] ?? 0))),
    overtaken: Uint32Array.from(rows, (row) => sum(all, ({ audit }) => audit.overtaken[row] ?? 0)),
    slow: [],
    clients: all.map(({ counts, burden, audit, found }) => ({
      ...counts,
      holdBack: burden === 'reading' ? counts.clients : 0,
      expected: total(found.expected),
      received: found.delivered,
      lost: found.lost,
      lostAcrossReconnect: found.lostAcrossReconnect,
      duplicate: audit.tally.duplicate,
      redelivered: audit.tally.redelivered,
    })),
  };
}

function sum(groups: readonly Audited[], of: (one: Audited) => number): number {
  return groups.reduce((total, one) => total + of(one), 0);
}

function total(counts: Uint32Array): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** 0 stands for never. */
function earliest(moments: readonly number[]): number {
  const some = moments.filter((us) => us > 0);
  return some.length === 0 ? 0 : Math.min(...some);
}

function added(counts: readonly Float64Array[]): Float64Array {
  const bins = Math.max(0, ...counts.map(({ length }) => length));
  return Float64Array.from({ length: bins }, (_, bin) => counts.reduce((total, one) => total + (one[bin] ?? 0), 0));
}
