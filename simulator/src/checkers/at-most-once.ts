import type { Accuse, Checker, Observed } from './checker.ts';

/** No client gets an event twice, on one stream or by a resume. */
export function atMostOnce(_observed: Observed, accuse: Accuse): Checker {
  const seen = new Map<number, Uint8Array>();
  return {
    received({ client }, number) {
      let marks = seen.get(client);
      if (marks === undefined || marks.length <= number) {
        const grown = new Uint8Array(Math.max(256, 2 * number));
        if (marks !== undefined) grown.set(marks);
        seen.set(client, grown);
        marks = grown;
      }
      if (marks[number] === 1) accuse(`client ${client} got event ${number} twice`);
      marks[number] = 1;
    },
  };
}
