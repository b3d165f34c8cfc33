import type { StreamRecord } from '../world/stream-record.ts';
import type { Accuse, Checker, Observed } from './checker.ts';

/** A stream whose reader keeps up is never silent for longer than a heartbeat. */
export function heartbeatsCome(observed: Observed, accuse: Accuse): Checker {
  const check = (stream: StreamRecord): void => {
    const silentMs = observed.nowMs - stream.lastTakenAtMs;
    const { server, scenario } = observed;
    if (silentMs <= scenario.server.heartbeatMs || stream.blockedSinceMs !== undefined) return;
    if (stream.subscriber === undefined || stream.life !== server.life || !server.isUp || server.isStopping) return;
    accuse(`the stream of client ${stream.client} was silent for ${silentMs} ms`);
  };
  return {
    taken: check,
    left: check,
  };
}
