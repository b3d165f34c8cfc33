import type { Accuse, Checker, Observed } from './checker.ts';

/** Events reach every client in the order in which they were published, whatever befell its connections. */
export function orderKept(_observed: Observed, accuse: Accuse): Checker {
  const highest = new Map<number, number>();
  return {
    received({ client }, number) {
      const before = highest.get(client) ?? -1;
      // Once more the same is another's business.
      if (number < before) accuse(`client ${client} got event ${number} behind event ${before}`);
      else highest.set(client, number);
    },
  };
}
