import type { StreamRecord } from '../world/stream-record.ts';
import type { Accuse, Checker, Observed } from './checker.ts';

/** A log in memory holds no more than its bounds allow: what is older is not replayed, and the client is told. */
export function memoryBound(observed: Observed, accuse: Accuse): Checker {
  /** Streams that asked to go on from an event that was forgotten by then. */
  const tooOld = new Set<StreamRecord>();
  return {
    subscribed(stream) {
      const { log, replayEvents, replayBytes } = observed.scenario.server;
      const { cursor, life } = stream;
      if (log !== 'memory' || cursor === undefined || life === undefined) return;
      if (!observed.publications.isHeld(cursor, life, replayEvents, replayBytes)) tooOld.add(stream);
    },
    received(stream, number) {
      if (!tooOld.has(stream) || stream.resets > 0) return;
      accuse(
        `client ${stream.client} resumed with event ${number}, from event ${stream.cursor}, which had to be forgotten`,
      );
    },
    over: (stream) => void tooOld.delete(stream),
  };
}
