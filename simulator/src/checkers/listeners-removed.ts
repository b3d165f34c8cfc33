import type { StreamRecord } from '../world/stream-record.ts';
import type { Accuse, Checker, Observed } from './checker.ts';

/** A listener leaves the hub exactly once, as soon as its connection is over, and the hub counts right. */
export function listenersRemoved(observed: Observed, accuse: Accuse): Checker {
  const open = new Set<StreamRecord>();
  /** Whose connection ended in this instant. */
  let over: StreamRecord[] = [];
  let life = 0;
  return {
    subscribed(stream) {
      if (life !== observed.server.life) open.clear();
      life = observed.server.life;
      open.add(stream);
    },
    left(stream) {
      if (stream.life === life && !open.delete(stream)) {
        accuse(`the listener of client ${stream.client} left twice (${stream.leftBecause})`);
      }
    },
    serverOver(stream) {
      over.push(stream);
    },
    settled() {
      for (const stream of over) {
        if (stream.life === observed.server.life && open.has(stream)) {
          accuse(`the connection of client ${stream.client} is over, and the hub still has its listener`);
        }
      }
      const { server } = observed;
      // Asked for when somebody has left, as it takes as long as there are streams.
      if (over.length > 0 && server.isUp && server.life === life && server.heldListeners !== open.size) {
        accuse(`the hub holds ${server.heldListeners} listeners, and ${open.size} streams are open`);
      }
      over = [];
      if (server.isUp && server.life === life && server.openStreams !== open.size) {
        accuse(`the hub counts ${server.openStreams} streams, and ${open.size} are open`);
      }
    },
    finished() {
      if (observed.server.openStreams > 0) {
        accuse(`${observed.server.openStreams} listeners are left when every client is gone`);
      }
    },
  };
}
