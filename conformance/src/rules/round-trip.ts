import type { Arbitrary } from 'fast-check';
import type { Arrival } from '../access/exchange.ts';
import { markedBytes } from '../access/marked-bytes.ts';
import { arrivalsOf, Channel, carriedData, type Delivery } from '../channel.ts';
import type { RuleContext } from '../context.ts';
import { type Complaint, search } from '../property.ts';
import type { PublishedEvent } from '../target.ts';
import { Undecided } from '../undecided.ts';
import { type Evidence, fail, type Judgement, pass } from '../verdict.ts';
import { hadItsTime } from './lifetime.ts';
import { mib } from './units.ts';

/**
 * A judge that publishes data and wants it back as it was, line ends as LF. A refusal by the server is fair.
 * @param examples tried first; they name the usual failures
 */
export function roundTrips(
  data: Arbitrary<string>,
  examples: readonly string[],
): (context: RuleContext) => Promise<Judgement> {
  return async (context) => {
    const channel = await Channel.open(context);
    let refused = 0;
    let unanswered = 0;
    const arrivesAsSent = async (text: string): Promise<Complaint | undefined> => {
      const came = (one: Delivery): boolean =>
        rightOnes(channel, text, one).length > 0 || (one.events.length > 1 && mayBeSplit(context, text));
      let delivery = await sendInTime(context, channel, { data: text }, came);
      // What came too late, or to a reader found too slow, comes the second time.
      if (delivery.outcome.kind === 'accepted' && delivery.events.length === 0) {
        delivery = await sendInTime(context, channel, { data: text }, came);
      }
      switch (delivery.outcome.kind) {
        case 'refused':
          refused += 1;
          return undefined;
        case 'no-answer':
          if (text.isWellFormed()) throw new Undecided(`a publish got no answer: ${delivery.outcome.reason}`);
          // Much software fails on a lone surrogate where it meets one, which may be before the server.
          unanswered += 1;
          return undefined;
        case 'accepted':
          // How an event above 1 MiB is split is judged by framing/event-size.
          if (delivery.events.length > 1 && mayBeSplit(context, text)) return undefined;
          return dataComplaint(channel, text, delivery);
      }
    };
    const result = await search(context, data, arrivesAsSent, examples);
    if (result.found) {
      return fail(result.complaint.message, {
        ...(result.complaint.evidence ? { evidence: result.complaint.evidence } : {}),
        counterexample: result.counterexample,
        ...reproduction(context, { data: result.value }),
      });
    }
    const taken = result.tried - refused - unanswered;
    const rest = [
      ...(refused > 0 ? [`, ${refused} were refused`] : []),
      ...(unanswered > 0 ? [`, ${unanswered} that are not Unicode text got no answer`] : []),
    ].join('');
    return pass(
      refused === result.tried ? `all ${refused} texts were refused` : `${taken} texts arrived as sent${rest}`,
    );
  };
}

/** Streams that may have their declared time, one after the other, before an event comes. */
const mostStreams = 5;

/**
 * Publishes an event, again where its stream had its declared time first: what that lacks, another stream may have.
 * @param came whether the event is there
 * @throws Undecided where each stream had its time before the event came
 */
export async function sendInTime(
  context: RuleContext,
  channel: Channel,
  event: PublishedEvent,
  came: (delivery: Delivery) => boolean,
): Promise<Delivery> {
  for (let streams = 1; ; streams += 1) {
    const delivery = await channel.send(event);
    const isOver = delivery.ended && hadItsTime(context, delivery.exchange);
    if (!isOver || came(delivery)) return delivery;
    if (streams === mostStreams) {
      throw new Undecided(`an event did not come before ${streams} streams had their declared time`);
    }
  }
}

/** Whether an event with this data could be above 1 MiB: then an application may split it. */
function mayBeSplit({ carriage }: RuleContext, data: string): boolean {
  // JSON in ASCII makes six bytes of a character.
  if (carriage.form === 'json') return data.length * 6 > mib;
  const lines = data.split(/\r\n|\r|\n/).length;
  return new TextEncoder().encode(data).length + lines * 'data: '.length > mib - 1024;
}

/** The events that have a text as it was sent. */
export function rightOnes(channel: Channel, text: string, { events }: Delivery): readonly Arrival[] {
  const wanted = arrivalsOf(text);
  return events.filter((event) =>
    channel.readings(event.data).some((reading) => wanted.includes(carriedData(reading))),
  );
}

/** What is wrong with how a text arrived, if anything. */
export function dataComplaint(channel: Channel, text: string, delivery: Delivery): Complaint | undefined {
  const { events } = delivery;
  const right = rightOnes(channel, text, delivery);
  // What else came may be the server's own traffic; that a text makes no second event is a rule of its own.
  if (right.length === 1) return undefined;
  const sent = JSON.stringify(shorten(text));
  const evidence = evidenceOfDelivery(delivery);
  if (events.length === 0) {
    return { message: `${sent} was accepted and never arrived${delivery.ended ? ': the stream ended' : ''}`, evidence };
  }
  if (right.length > 1) return { message: `${sent} arrived ${right.length} times`, evidence };
  if (events.length > 1) return { message: `${sent} became ${events.length} events`, evidence };
  return { message: `${sent} arrived as ${JSON.stringify(shorten(events[0]?.data ?? ''))}`, evidence };
}

/** The lines that a publish put on the wire. */
export function evidenceOfDelivery(delivery: Delivery): Evidence {
  const [first] = delivery.blocks;
  if (!first) return delivery.exchange.evidence();
  return delivery.exchange.evidence({ bytes: markedBytes(linesOf(delivery.blocks), first.offset, [0, 0]) });
}

/** How to show a publish again by hand, where curl can. */
export function reproduction(context: RuleContext, event: PublishedEvent): { reproduce?: string } {
  const reproduce = context.curlPublish(event);
  return reproduce === undefined || reproduce.length > 2000 ? {} : { reproduce };
}

function linesOf(blocks: readonly Arrival[]): Uint8Array {
  const lines = blocks.map((block) => `${block.fields.map(({ name, value }) => `${name}: ${value}`).join('\n')}\n\n`);
  return new TextEncoder().encode(lines.join('').slice(0, 2000));
}

/** The start of a long text. */
export function shorten(text: string, length = 80): string {
  return text.length <= length ? text : `${text.slice(0, length)}… (${text.length} characters)`;
}
