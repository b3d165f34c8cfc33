import type { StreamRecord } from '../world/stream-record.ts';
import type { Accuse, Checker, Observed } from './checker.ts';

/** What is dropped for a slow stream is what its policy says: the new events, the old, those of a type again, or the stream. */
export function slowPolicy(observed: Observed, accuse: Accuse): Checker {
  const { slowPolicy: policy, queueEvents } = observed.scenario.server;
  const { publications } = observed;
  const skipped = new Map<StreamRecord, number[]>();

  /** Acknowledged events that were published from one number up to another. */
  const between = (from: number, to: number, type?: string): number => {
    let count = 0;
    for (let number = from; number < to; number += 1) {
      const published = publications.list[number];
      if (published?.state === 'acknowledged' && (type === undefined || published.type === type)) count += 1;
    }
    return count;
  };

  return {
    skipped(stream, number) {
      const dropped = skipped.get(stream);
      if (dropped === undefined) skipped.set(stream, [number]);
      else dropped.push(number);
    },
    received(stream, number) {
      const dropped = skipped.get(stream);
      if (dropped === undefined) return;
      skipped.delete(stream);
      if (stream.resets > 0) return;
      const who = `for client ${stream.client}`;
      if (!stream.wasBlocked) accuse(`event ${dropped[0]} was dropped ${who}, which takes all that comes`);
      if (policy === 'disconnect') accuse(`event ${dropped[0]} was dropped ${who}, which had to be cut`);
      for (const one of dropped) {
        // Counted up to when bytes were last taken, at which at least that many waited.
        const later = between(one + 1, stream.loggedAtTake);
        const wentOn = stream.unblocks.some(({ behind, before }) => one < before && behind <= number);
        if (policy === 'drop-newest' && !wentOn) {
          accuse(`event ${one} was dropped ${who}, and the newer ${number} kept`);
        } else if (policy === 'drop-oldest' && later < queueEvents) {
          accuse(`event ${one} was dropped ${who} for ${later} newer events, and ${queueEvents} may wait`);
        } else if (policy === 'conflate') {
          const type = publications.list[one]?.type ?? '';
          if (between(one + 1, stream.loggedAtTake, type) === 0 && later < queueEvents) {
            accuse(`event ${one} was dropped ${who}, and no later one of its type took its place`);
          }
        }
      }
    },
    over: (stream) => void skipped.delete(stream),
    settled() {
      for (const { subscriber, wasBlocked, client } of observed.blocked) {
        if (subscriber !== undefined && subscriber.droppedEvents > 0 && policy === 'disconnect' && wasBlocked) {
          accuse(`events are dropped for client ${client}, which has to be cut`);
        }
      }
    },
  };
}
