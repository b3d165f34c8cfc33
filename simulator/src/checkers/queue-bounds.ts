import type { StreamRecord } from '../world/stream-record.ts';
import type { Accuse, Checker, Observed } from './checker.ts';

/** For a slow stream no more events wait than its queue may hold, every other was sent or counted as dropped, none twice. */
export function queueBounds(observed: Observed, accuse: Accuse): Checker {
  const { publications } = observed;
  const { log, queueEvents, replayEvents, replayBytes } = observed.scenario.server;
  /** Those of this instant, and those that were live at its end: only there it is known what has to be sent. */
  let opened: StreamRecord[] = [];
  const counted = new Set<StreamRecord>();
  const isKnown = ({ subscriber, lastEventId, resumedFrom, life = 0 }: StreamRecord): boolean => {
    if (subscriber === undefined || subscriber.isOpening) return false;
    if (lastEventId === '') return true;
    if (resumedFrom === undefined) return false;
    return log === 'disk' || publications.isHeld(resumedFrom, life, replayEvents, replayBytes);
  };
  const check = ({ subscriber, client, resumedFrom, publishedBefore, acknowledgedBefore }: StreamRecord): void => {
    if (subscriber === undefined) return;
    const done = subscriber.sentEvents + subscriber.droppedEvents;
    const due = publications.acknowledgedFrom(resumedFrom === undefined ? publishedBefore : resumedFrom + 1) - done;
    const waiting = due - publications.acknowledgedFrom(observed.handedOut);
    if (waiting > queueEvents) accuse(`${waiting} events wait for client ${client}, ${queueEvents} may`);
    // A disk may hold what it could not acknowledge any more.
    const more = log === 'disk' ? publications.refusedCount : 0;
    const most = resumedFrom === undefined ? publications.acknowledgedCount - acknowledgedBefore - done : due;
    if (most + more < 0) accuse(`client ${client} was sent or denied ${-most} events more than there are`);
  };

  return {
    subscribed: (stream) => void opened.push(stream),
    left: (stream) => void counted.delete(stream),
    settled() {
      for (const stream of opened) if (stream.leftBecause === undefined && isKnown(stream)) counted.add(stream);
      opened = [];
      for (const stream of observed.blocked) if (counted.has(stream)) check(stream);
    },
  };
}
