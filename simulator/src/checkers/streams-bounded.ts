import type { Accuse, Checker, Observed } from './checker.ts';

/** No more streams are open than the server allows. */
export function streamsBounded(observed: Observed, accuse: Accuse): Checker {
  const { maxStreams } = observed.scenario.server;
  return {
    settled() {
      if (observed.server.openStreams > maxStreams)
        accuse(`${observed.server.openStreams} streams are open, ${maxStreams} may`);
    },
  };
}
