import type { StreamRecord } from '../world/stream-record.ts';
import type { Accuse, Checker, Observed } from './checker.ts';

/** A stream that takes no bytes is cut when the stall time is over, within two heartbeats, and not before. */
export function stallsCut(observed: Observed, accuse: Accuse): Checker {
  const { stallMs, heartbeatMs } = observed.scenario.server;
  /** Drops that a held-back stream had at first, and since when it has more: nobody tells the hub to go on by then. */
  const held = new Map<StreamRecord, { readonly drops: number; deafSinceMs?: number }>();
  return {
    settled() {
      const { nowMs, server } = observed;
      for (const stream of observed.blocked) {
        if (stream.leftBecause !== undefined || stream.subscriber === undefined) continue;
        const { droppedEvents } = stream.subscriber;
        const one = held.get(stream) ?? { drops: droppedEvents };
        held.set(stream, one);
        if (droppedEvents > one.drops) one.deafSinceMs ??= nowMs;
        if (one.deafSinceMs === undefined || nowMs - one.deafSinceMs <= stallMs + 2 * heartbeatMs || server.isStopping)
          continue;
        accuse(`client ${stream.client} has taken nothing for ${nowMs - one.deafSinceMs} ms, and is not cut`);
      }
    },
    unblocked: (stream) => void held.delete(stream),
    serverOver: (stream) => void held.delete(stream),
    // A reader that takes some bytes, and too few for the hub to be told, counts as one that takes none.
    left({ leftBecause, wasBlocked, drainedAtMs, client }) {
      if (leftBecause !== 'stalled' && leftBecause !== 'too slow') return;
      const behindMs = observed.nowMs - drainedAtMs;
      if (!wasBlocked) accuse(`client ${client} was cut as ${leftBecause}, and reads`);
      if (leftBecause === 'stalled' && behindMs < stallMs) accuse(`client ${client} was cut after ${behindMs} ms`);
    },
  };
}
