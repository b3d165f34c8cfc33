import { array, constantFrom } from 'fast-check';
import type { Arrival, Exchange } from '../../access/exchange.ts';
import { Channel } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { type Judgement, pass, warn } from '../../verdict.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';
import { idOf } from './log.ts';

export const uniqueIds: Rule = {
  id: 'reconnect/unique-ids',
  code: 'SR-01',
  level: 'SHOULD',
  title: 'Every event has an id of its own',
  statement: 'Every event carries an id, and no two different events share one.',
  spec: [html('the-last-event-id-header')],
  access: ['publish'],
  profiles: ['resumable'],
  phase: 'publishing',
  budgetMs: () => 120_000,
  judge: async (context) => {
    const { exchange } = await Channel.open(context);
    const arrivals = await publishMany(context, exchange);
    const judgement = judgeIds(arrivals, exchange);
    if (judgement.verdict !== 'pass' || !context.carriage.id) return judgement;
    return (await judgeRepeatedIds(context)) ?? judgement;
  },
};

/** Publishes as many events as make a repeated id likely to show, and gives them as they came. */
async function publishMany(context: RuleContext, stream: Exchange): Promise<Arrival[]> {
  const events = new NumberedEvents(context, 'id');
  const wanted = Math.min(1000, context.effort.runs * 10);
  while (events.published < wanted) {
    const batch = await Promise.all(Array.from({ length: context.bounds.window }, () => events.publish()));
    for (const number of batch) {
      if (!(await events.arrival(stream, number, patienceMs(context)))) {
        throw new Undecided(`event ${number} was accepted and never arrived`);
      }
    }
  }
  return events.on(stream).map(({ arrival }) => arrival);
}

function judgeIds(arrivals: readonly Arrival[], stream: Exchange): Judgement {
  const without = arrivals.filter((arrival) => idOf(arrival) === undefined);
  const observed = { events: arrivals.length, eventsWithoutId: without.length };
  const evidence = stream.evidence({ observed });
  if (without.length > 0) {
    const which = without.length === arrivals.length ? 'none' : `only ${arrivals.length - without.length}`;
    return warn(`${which} of ${arrivals.length} events carried an id`, { evidence });
  }
  const twins = firstTwins(arrivals);
  if (twins) return warn(twins, { evidence });
  return pass(`${arrivals.length} events, each with an id of its own`);
}

/** Two different events with one id, in words. */
function firstTwins(arrivals: readonly Arrival[]): string | undefined {
  const dataById = new Map<string, string>();
  for (const arrival of arrivals) {
    const id = idOf(arrival);
    if (id === undefined) continue;
    const before = dataById.get(id);
    if (before !== undefined && before !== arrival.data) {
      return `the events ${JSON.stringify(before)} and ${JSON.stringify(arrival.data)} share the id "${id}"`;
    }
    dataById.set(id, arrival.data);
  }
  return undefined;
}

/** Publishers that bring ids of their own, some of them twice: the server refuses, drops or tells them apart. */
async function judgeRepeatedIds(context: RuleContext): Promise<Judgement | undefined> {
  const channel = await Channel.open(context);
  let turn = 0;
  const staysUnique = async (letters: readonly string[]): Promise<Complaint | undefined> => {
    turn += 1;
    const arrivals: Arrival[] = [];
    for (const [index, letter] of letters.entries()) {
      const id = `ssert-own-${context.seed}-${turn}-${letter}`;
      const { outcome, events } = await channel.send({ data: `own ${turn}.${index}`, id });
      if (outcome.kind === 'no-answer') throw new Undecided(`a publish got no answer: ${outcome.reason}`);
      arrivals.push(...events);
    }
    const message = firstTwins(arrivals);
    return message === undefined ? undefined : { message, evidence: channel.exchange.evidence() };
  };
  const letters = array(constantFrom('a', 'b'), { minLength: 2, maxLength: 3 });
  const result = await search(context, letters, staysUnique, [['a', 'a']]);
  if (!result.found) return undefined;
  return warn(`an id that a publisher brings twice is taken twice: ${result.complaint.message}`, foundDetail(result));
}
