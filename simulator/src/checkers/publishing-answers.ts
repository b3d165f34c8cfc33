import type { Accuse, Checker, Observed } from './checker.ts';

/** Publishing waits for the log, and for no reader. */
export function publishingAnswers(observed: Observed, accuse: Accuse): Checker {
  const { log, diskMs } = observed.scenario.server;
  const mostMs = log === 'disk' ? 2 * diskMs : 0;
  let answered = 0;
  return {
    settled() {
      const { list } = observed.publications;
      const { server, nowMs } = observed;
      while (answered < list.length && list[answered]?.state !== 'pending') answered += 1;
      const oldest = list[answered];
      if (oldest === undefined || oldest.life !== server.life || !server.isUp) return;
      const waitedMs = nowMs - oldest.calledAtMs;
      if (waitedMs > mostMs) accuse(`event ${answered} is not answered after ${waitedMs} ms`);
    },
  };
}
