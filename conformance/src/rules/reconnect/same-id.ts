import type { Exchange } from '../../access/exchange.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass } from '../../verdict.ts';
import { patienceMs } from '../numbered-events.ts';
import { idOf, Log } from './log.ts';
import { after, somethingLive } from './resumption.ts';

const eventsBetween = 3;

export const sameIdEverywhere: Rule = {
  id: 'reconnect/same-id-everywhere',
  code: 'SR-09',
  level: 'MUST',
  title: 'An id is the same for every client and in replay',
  statement: 'An event has the same id on every stream and in every replay, so that any connection can go on after it.',
  spec: [html('the-last-event-id-header')],
  access: ['publish'],
  profiles: ['resumable'],
  phase: 'publishing',
  judge: async (context) => {
    const log = await Log.open(context, 'same');
    const start = await log.newestEntry();
    const room = Math.max(1, Math.min(eventsBetween, log.reach));
    await log.appendMany(room);
    // One that joins later, so that ids which each connection counts for itself differ.
    const second = await context.subscribe();
    if (!(await somethingLive(context, log, second))) throw new Undecided('a second stream got no event');
    const begun = await log.entry(log.length - start.position);
    const before = new Set(log.behind(0));
    const replay = await context.subscribe(after((begun ?? start).id));
    if (!(await somethingLive(context, log, replay))) throw new Undecided('a resumed stream got no event');
    await log.append();
    const newest = log.behind(log.length - 1)[0] ?? 0;
    for (const stream of [second, replay]) await log.events.arrival(stream, newest, patienceMs(context));

    const first = log.idByNumber();
    for (const [stream, what] of [
      [second, 'on a stream that was opened later'],
      [replay, 'on a resumed stream'],
    ] as const) {
      for (const [number, id] of idsOn(stream, log)) {
        const shown = first.get(number);
        if (shown === undefined || shown === id) continue;
        const message = `event ${number} has the id "${shown}" on one stream and "${id}" ${what}`;
        return fail(message, { evidence: stream.evidence({ observed: { idOnOneStream: shown, idOnOther: id } }) });
      }
    }
    const comparable = (stream: Exchange): number[] => [...idsOn(stream, log).keys()].filter((one) => first.has(one));
    const replayed = comparable(replay).filter((number) => before.has(number)).length;
    const compared = comparable(second).length;
    if (compared === 0) throw new Undecided('a second stream showed no id that a first one had shown');
    if (replayed === 0) return inconclusive('two streams show the same ids, but no event with an id was replayed');
    return pass(
      `${compared} events on a second stream and ${replayed} in a replay have the ids that a first one showed`,
    );
  },
};

/** The id of each event that carries one on this stream: not all do where a batch shares one. */
function idsOn(stream: Exchange, log: Log): Map<number, string> {
  return new Map(
    log.events.on(stream).flatMap(({ number, arrival }): [number, string][] => {
      const id = idOf(arrival);
      return id === undefined ? [] : [[number, id]];
    }),
  );
}
