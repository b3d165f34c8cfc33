import type { StreamRecord } from '../world/stream-record.ts';
import type { Accuse, Checker, Observed } from './checker.ts';

/** What was acknowledged reaches every stream that promised it, but for events that the hub counts as dropped for that stream. */
export function nothingLost(observed: Observed, accuse: Accuse): Checker {
  const skipped = new Map<StreamRecord, number>();
  return {
    skipped(stream, number) {
      const count = (skipped.get(stream) ?? 0) + 1;
      skipped.set(stream, count);
      const dropped = stream.subscriber?.droppedEvents ?? 0;
      if (count <= dropped) return;
      const { id } = observed.publications.list[number] ?? {};
      accuse(`client ${stream.client} never got event ${number} (${id}); its stream counts ${dropped} drops`);
    },
    over: (stream) => void skipped.delete(stream),
  };
}
