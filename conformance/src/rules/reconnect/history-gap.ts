import type { Arrival, Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { type Judgement, pass, warn } from '../../verdict.ts';
import { answerOf, headOf, isBusy } from '../http/answers.ts';
import { hadItsTime } from '../lifetime.ts';
import { patienceMs } from '../numbered-events.ts';
import { type Entry, idOf, Log } from './log.ts';
import { after, somethingLive } from './resumption.ts';

export const historyGapVisible: Rule = {
  id: 'reconnect/history-gap-visible',
  code: 'SR-07',
  level: 'SHOULD',
  title: 'A client can tell that history no longer reaches back',
  statement:
    'Where history no longer reaches back to the id, a client can tell: by an event, a header, a status, or a jump in the ids.',
  spec: [html('the-last-event-id-header')],
  access: ['publish'],
  profiles: ['resumable'],
  phase: 'publishing',
  judge: async (context) => {
    const log = await Log.open(context, 'gap');
    await log.append();
    const expired = await log.expiredEntry(50 * context.effort.runs);
    if (!expired) {
      const promised = context.target.replay;
      throw new Undecided(
        promised === undefined
          ? 'how far the history reaches is not declared: give --replay N'
          : `a history of ${promised} events is more than was published: give --thorough`,
      );
    }
    // Two that get all they missed, to tell what a server always says from what it says of a gap.
    const past = (): Promise<Entry> => log.pastEntry();
    const good = [await begin(context, log, past), await begin(context, log, past)];
    const late = await begin(context, log, async () => expired);
    const [firstLost] = log.behind(expired.position);
    if (firstLost !== undefined && late.numbers.includes(firstLost)) {
      throw new Undecided(`the server holds more than the ${context.target.replay} events that it promises`);
    }
    return judgeSigns(context, expired, late, good, log);
  },
};

/** How a stream began, up to its first live event. */
interface Beginning {
  readonly exchange: Exchange;
  /** Status and fields of the header block, a text each. */
  readonly head: readonly string[];
  /** Events that are none of ours, a text each. */
  readonly others: readonly string[];
  /** Ours. */
  readonly numbers: readonly number[];
  /** The first id that a client sees with an event, or where those have none, on another block. */
  readonly firstId: string | undefined;
}

/** Streams that may have their declared time before a live event comes. */
const mostOver = 5;

async function begin(context: RuleContext, log: Log, entry: () => Promise<Entry>): Promise<Beginning> {
  for (let over = 0; over < mostOver; over += 1) {
    const beginning = await beginOnce(context, log, await entry());
    if (beginning) return beginning;
  }
  throw new Undecided(`${mostOver} streams had their declared time before a live event came`);
}

/** Undefined where the stream had its declared time before it had said what it has to say. */
async function beginOnce(context: RuleContext, log: Log, { id }: Entry): Promise<Beginning | undefined> {
  const exchange = await context.ask(after(id));
  const { status, fields } = headOf(exchange);
  try {
    if (isBusy(headOf(exchange))) throw new Undecided(`a reconnection got ${answerOf(exchange)}`);
    if (exchange.isEventStream && !(await somethingLive(context, log, exchange))) {
      if (!exchange.end) throw new Undecided(`after a reconnection no event came within ${patienceMs(context)} ms`);
      if (hadItsTime(context, exchange)) return undefined;
    }
    const ours = log.events.on(exchange);
    const isOurs = (arrival: Arrival): boolean => ours.some((one) => one.arrival === arrival);
    return {
      exchange,
      head: [`status ${status}`, ...fields.map(([name, value]) => `${name.toLowerCase()}: ${value}`)],
      others: exchange.arrivals.flatMap((one) => (isOurs(one) ? [] : [`${one.type} ${JSON.stringify(one.data)}`])),
      numbers: ours.map(({ number }) => number),
      firstId: [...exchange.arrivals, ...exchange.blocks].map(idOf).find((one) => one !== undefined),
    };
  } finally {
    exchange.close();
  }
}

function judgeSigns(
  context: RuleContext,
  expired: Entry,
  late: Beginning,
  good: readonly Beginning[],
  log: Log,
): Judgement {
  const { head } = late.exchange;
  const held = `with an id from ${log.length - expired.position} events ago`;
  if (head && (head.status === 204 || head.status >= 400)) return pass(`${held} comes ${answerOf(late.exchange)}`);
  const field = newIn(
    late.head,
    good.map((one) => one.head),
  )[0];
  if (field !== undefined) return pass(`${held} comes ${field}, which a reconnection without loss does not get`);
  const event = newIn(
    late.others,
    good.map((one) => one.others),
  )[0];
  if (event !== undefined) return pass(`${held} comes the event ${event.slice(0, 80)}`);
  if (late.firstId !== undefined && jumps(expired.id, late.firstId, log)) {
    return pass(`${held} the ids jump from "${expired.id}" to "${late.firstId}"`);
  }
  const message = `${held}, more than the ${context.target.replay} that are kept, nothing on the stream tells of the loss`;
  return warn(message, { evidence: late.exchange.evidence(), reproduce: context.curl(after(expired.id)) });
}

/** What stands in one list and in none of the others; where the others differ among themselves, a name tells nothing. */
function newIn(texts: readonly string[], others: readonly (readonly string[])[]): string[] {
  const nameOf = (text: string): string => text.split(/[: ]/, 1)[0] ?? '';
  const volatile = new Set(
    others.flatMap((list) =>
      list.filter((text) => others.some((other) => !other.includes(text))).map((text) => nameOf(text)),
    ),
  );
  volatile.add('date');
  return texts.filter((text) => !volatile.has(nameOf(text)) && !others.some((list) => list.includes(text)));
}

/** Whether ids count the events one by one, so that a client sees how many it missed. */
function jumps(before: string, then: string, log: Log): boolean {
  const [one, other] = [counted(before), counted(then)];
  if (!one || !other || one.prefix !== other.prefix || other.count <= one.count + 1n) return false;
  const steps = log.entries.map(({ id, position }) => ({ position, ...counted(id) }));
  return steps.every(({ position, prefix, count }, index) => {
    const last = steps[index - 1];
    if (count === undefined || !last) return count !== undefined;
    // Of ids in blocks of their own only those between two rounds of publishing are told apart.
    const events = log.idsStandApart ? position - last.position : 1;
    return prefix === last.prefix && count === (last.count ?? 0n) + BigInt(events);
  });
}

function counted(id: string): { prefix: string; count: bigint } | undefined {
  const match = /^(.*?)(\d{1,30})$/s.exec(id);
  return match ? { prefix: match[1] ?? '', count: BigInt(match[2] ?? '') } : undefined;
}
