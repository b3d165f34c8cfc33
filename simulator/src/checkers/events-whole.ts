import type { Accuse, Checker, Observed } from './checker.ts';

/** An event arrives as it was published: its type, and the id that its publisher was told. Its data told which it is. */
export function eventsWhole(observed: Observed, accuse: Accuse): Checker {
  return {
    received({ client }, number, { type, lastEventId }) {
      const published = observed.publications.list[number];
      if (published === undefined) return;
      if (type !== published.type) {
        accuse(`client ${client} got event ${number} as "${type}", published as "${published.type}"`);
      }
      if (published.id !== undefined && published.id !== lastEventId) {
        accuse(`client ${client} got event ${number} with id ${lastEventId}, acknowledged as ${published.id}`);
      }
    },
  };
}
