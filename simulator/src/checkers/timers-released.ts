import type { Accuse, Checker, Observed } from './checker.ts';

/** One for a wait or a watchdog, one for the program that reads. */
const timersOfClient = 2;

/** Nobody leaves a timer behind: not for a connection that is over, not when a stream is closed, not when the server stops. */
export function timersReleased(observed: Observed, accuse: Accuse): Checker {
  return {
    requested({ client }) {
      const { pending } = observed.clients.get(client)?.clock ?? { pending: 0 };
      if (pending > timersOfClient) accuse(`client ${client} has ${pending} timers, with one connection`);
    },
    finished(stopped) {
      for (const { plan, clock } of observed.clients.values()) {
        if (clock.pending > 0) accuse(`client ${plan.number} is closed and has ${clock.pending} timers`);
      }
      const { pending } = observed.server.clock;
      if (stopped && pending > 0) accuse(`the server has stopped and has ${pending} timers`);
    },
  };
}
