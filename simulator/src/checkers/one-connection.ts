import type { StreamRecord } from '../world/stream-record.ts';
import type { Accuse, Checker, Observed } from './checker.ts';

/** A client has one connection at a time, and asks to go on from the event that it got last. */
export function oneConnection(_observed: Observed, accuse: Accuse): Checker {
  const open = new Map<number, StreamRecord>();
  const lastIds = new Map<number, string>();
  return {
    requested(stream) {
      const { client, lastEventId } = stream;
      if (open.has(client)) accuse(`client ${client} opens a second connection`);
      open.set(client, stream);
      const last = lastIds.get(client) ?? '';
      if (lastEventId !== last) accuse(`client ${client} asks to go on from "${lastEventId}", not "${last}"`);
    },
    received({ client }, _, { lastEventId }) {
      lastIds.set(client, lastEventId);
    },
    over({ client }) {
      open.delete(client);
    },
  };
}
