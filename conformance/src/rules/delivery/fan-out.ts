import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import type { LateBy } from '../../harness-load.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass } from '../../verdict.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';

const eventsPerCrowd = 100;

export const fanOut: Rule = {
  id: 'delivery/fan-out',
  code: 'SD-11',
  level: 'MUST',
  title: 'Every client gets every event, once',
  statement: 'An event reaches every open stream exactly once; none is used up by one of the clients.',
  spec: [html('sse-processing-model')],
  access: ['publish'],
  phase: 'crowd',
  budgetMs: () => 120_000,
  judge: async (context) => {
    const sizes: number[] = [];
    let refused: Crowd['refused'];
    for (const wanted of context.effort.crowds) {
      const size = Math.min(wanted, context.target.capacity ?? wanted);
      if (size < 2 || sizes.includes(size)) continue;
      context.progress(`${size} clients`);
      let tries = 0;
      const outcome = await repeatBeforeAccusing(
        context,
        (patience) => {
          tries += 1;
          return tryCrowd(context, size, `${sizes.length}-${tries}`, patience);
        },
        ({ late }) => late,
      );
      if (outcome.kind === 'strained') return inconclusive(`${outcome.again.complaint?.message}; ${outcome.message}`);
      if (outcome.kind === 'unstable') {
        const { first, again } = outcome;
        return again.complaint ?? inconclusive(`${first.complaint?.message}; tried again, each got all`);
      }
      const crowd = outcome.kind === 'kept' ? outcome.result : outcome.again;
      if (crowd.complaint) return crowd.complaint;
      sizes.push(crowd.clients);
      refused = crowd.refused;
      if (refused) break;
    }
    if (sizes.length === 0) throw new Undecided('the declared capacity leaves no room for two clients at once');
    const seen = `${sizes.join(', ')} clients: each got ${eventsPerCrowd} events exactly once`;
    if (!refused) return pass(seen);
    return inconclusive(
      `${seen}, but of more clients ${refused.count} were refused with ${refused.status}: declare the capacity`,
    );
  },
};

interface Crowd {
  readonly streams: readonly Exchange[];
  readonly refused?: { readonly count: number; readonly status: number } | undefined;
}

/** Opens that many streams; a server may refuse some of them. */
async function gather(context: RuleContext, size: number): Promise<Crowd> {
  const asked = await Promise.all(Array.from({ length: size }, () => context.ask({ keepBodyBytes: 1024 })));
  const streams = asked.filter((exchange) => exchange.isEventStream && !exchange.end);
  const others = asked.filter((exchange) => !streams.includes(exchange));
  for (const exchange of others) exchange.close();
  if (streams.length < 2) throw new Undecided(`of ${size} subscriptions at once ${streams.length} were answered`);
  return others.length === 0
    ? { streams }
    : { streams, refused: { count: others.length, status: others[0]?.head?.status ?? 0 } };
}

interface Tried extends Pick<Crowd, 'refused'> {
  readonly clients: number;
  readonly complaint?: Judgement | undefined;
  /** Where more time could have mended what is complained of. */
  readonly late?: LateBy | undefined;
}

async function tryCrowd(context: RuleContext, size: number, tag: string, patience: number): Promise<Tried> {
  const { streams, refused } = await gather(context, size);
  try {
    return { clients: streams.length, refused, ...(await judgeCrowd(context, streams, tag, patience)) };
  } finally {
    for (const stream of streams) stream.close();
  }
}

/** What is wrong with how a crowd got its events, if anything. */
async function judgeCrowd(
  context: RuleContext,
  streams: readonly Exchange[],
  turn: string,
  patience: number,
): Promise<Pick<Tried, 'complaint' | 'late'>> {
  const longMs = patienceMs(context) * patience;
  await settle(context, streams, turn);
  const events = new NumberedEvents(context, `crowd-${turn}`);
  const { window } = context.bounds;
  const allHave = async (number: number, timeoutMs: number): Promise<boolean> => {
    const arrivals = await Promise.all(streams.map((stream) => events.arrival(stream, number, timeoutMs)));
    return arrivals.every((arrival) => arrival !== undefined);
  };
  while (events.published < eventsPerCrowd) {
    const number = await events.publish();
    // Paced by the slowest: no more than the window is under way to anybody.
    if (number >= window && !(await allHave(number - window + 1, longMs))) break;
  }
  // What is missing now gets more time before it counts, and a later event behind which it cannot come.
  for (let number = 1; number <= events.published; number += 1) {
    if (await allHave(number, longMs)) continue;
    await allHave(await events.publish(), longMs);
    break;
  }
  if (streams.some(({ end }) => end)) throw new Undecided('the server ended a stream meanwhile');
  const late = { boundMs: patienceMs(context), tookMs: 2 * longMs, heavy: true };
  const { complaint, isCertain } = complaintAbout(streams, events);
  return { complaint, late: complaint && !isCertain ? late : undefined };
}

/** Lets initial data go by: a first event that all have, or a moment where that does not come to pass. */
async function settle(context: RuleContext, streams: readonly Exchange[], turn: string): Promise<void> {
  const first = new NumberedEvents(context, `crowd-${turn}-open`);
  const number = await first.publish();
  await Promise.all(streams.map((stream) => first.arrival(stream, number, patienceMs(context) / 2)));
}

interface Found {
  readonly complaint?: Judgement;
  /** More time does not mend it: a later event was there already, or nobody gets any more. */
  readonly isCertain?: boolean;
}

function complaintAbout(streams: readonly Exchange[], events: NumberedEvents): Found {
  const due = Array.from({ length: events.published }, (_, index) => index + 1);
  const got = streams.map((stream) => events.on(stream).map(({ number }) => number));
  // An event that nobody got was lost on the way in or to everybody, not used up by one client.
  const somebodyGot = new Set(got.flat());
  if (somebodyGot.size === 0) throw new Undecided('no event came on any of the streams');
  const missing = got.map((numbers) => due.filter((number) => somebodyGot.has(number) && !numbers.includes(number)));
  const repeated = got.map((numbers) => numbers.filter((number, index) => numbers.indexOf(number) !== index));
  const evidence = (index: number) => {
    const shortStreams = missing.filter((numbers) => numbers.length > 0).length;
    const observed = {
      clients: streams.length,
      eventsPublished: events.published,
      clientsWithGaps: shortStreams,
      eventsOnThisClient: got[index]?.length ?? 0,
      missingOnThisClient: missing[index]?.slice(0, 20) ?? [],
    };
    return { evidence: streams[index]?.evidence({ observed }) ?? { observed } };
  };
  const short = missing.findIndex((numbers) => numbers.length > 0);
  if (short >= 0) {
    const count = missing.filter((numbers) => numbers.length > 0).length;
    const message = `${count} of ${streams.length} clients did not get event ${missing[short]?.[0]}, which another got`;
    const missed = `${missing[short]?.length} of ${events.published} events missing on one`;
    const isCertain = missing.some((some, index) => some.some((number) => number < Math.max(...(got[index] ?? []))));
    return { complaint: fail(`${message} (${missed})`, evidence(short)), isCertain };
  }
  const twice = repeated.findIndex((numbers) => numbers.length > 0);
  if (twice >= 0) {
    const message = `of ${streams.length} clients one got event ${repeated[twice]?.[0]} more than once`;
    return { complaint: fail(message, evidence(twice)), isCertain: true };
  }
  if (somebodyGot.size < Math.max(events.published, eventsPerCrowd)) {
    const message = `${streams.length} clients got the same ${somebodyGot.size} of ${events.published} events, which were to be ${eventsPerCrowd}`;
    // Where all came in the end, they were only slow.
    return { complaint: inconclusive(message, evidence(0)), isCertain: somebodyGot.size < events.published };
  }
  return {};
}
