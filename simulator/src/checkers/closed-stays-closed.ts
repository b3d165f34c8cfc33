import type { Accuse, Checker, Observed } from './checker.ts';

/** A client that was closed asks for nothing, tells nothing, and does not stop by itself before. */
export function closedStaysClosed(observed: Observed, accuse: Accuse): Checker {
  return {
    requested({ client }) {
      if (observed.clients.get(client)?.hasLeft) accuse(`client ${client} is closed and connects`);
    },
    received({ client }, number) {
      const { hasLeft, plan } = observed.clients.get(client) ?? {};
      // A loop is still given what came before.
      if (hasLeft && typeof plan?.reads === 'string') accuse(`client ${client} is closed and got event ${number}`);
    },
    state({ plan, hasLeft }, { name }) {
      if (name === 'closed' && !hasLeft) accuse(`client ${plan.number} gave up`);
      if (name !== 'closed' && hasLeft) accuse(`client ${plan.number} is closed and enters "${name}"`);
    },
  };
}
