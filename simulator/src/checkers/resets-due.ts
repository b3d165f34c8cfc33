import type { Accuse, Checker, Observed } from './checker.ts';

/** A client is told that it missed something only where the log no longer holds the event that it asked to go on from. */
export function resetsDue(observed: Observed, accuse: Accuse): Checker {
  return {
    reset(stream) {
      const { log, replayEvents, replayBytes } = observed.scenario.server;
      if (stream.lastEventId === '' && stream.cursor === undefined) {
        accuse(`client ${stream.client} was told that it missed something, and had asked for nothing`);
      }
      if (stream.cursor === undefined || stream.life === undefined) return;
      const held =
        log === 'disk' || observed.publications.isHeld(stream.cursor, stream.life, replayEvents, replayBytes);
      if (held) accuse(`client ${stream.client} was sent a reset, and the log holds event ${stream.cursor}`);
    },
  };
}
