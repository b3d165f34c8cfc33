import { type Arbitrary, array, constantFrom, record, tuple } from 'fast-check';
import { Channel, type Delivery } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import type { Field } from '../../judge/wire-inspector.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { cwe, html } from '../../spec.ts';
import type { PublishedEvent } from '../../target.ts';
import { fail, inconclusive, type Judgement, pass } from '../../verdict.ts';
import { hadItsTime } from '../lifetime.ts';
import { evidenceOfDelivery, reproduction } from '../round-trip.ts';

/** A field that a publisher fills, and what follows the harmless start of its value. */
interface Injection {
  readonly field: 'event' | 'id' | 'retry';
  readonly tail: string;
}

const forgedWord = 'ssert-forged';
const forgedRetry = '4815162';

/**
 * Lines that only a break out of a value can bring. A server that takes the break away leaves them inside the value,
 * where they start no line.
 */
const forgedLines = [
  '',
  `data: ${forgedWord}`,
  `event: ${forgedWord}`,
  `id: ${forgedWord}`,
  `retry: ${forgedRetry}`,
  `${forgedWord}: x`,
] as const;

function isForged({ name, value }: Field): boolean {
  return name === forgedWord || value === forgedWord || (name === 'retry' && value === forgedRetry);
}

const lineEnds = ['\r', '\r\n', '\n'];

const tails: Arbitrary<string> = tuple(
  constantFrom('', ' ', ': '),
  array(tuple(constantFrom(...lineEnds), constantFrom(...forgedLines)), { minLength: 1, maxLength: 5 }),
).map(([start, lines]) => start + lines.flat().join(''));

/** The shortest that show it, then what tears an event in two, then whole events. */
const usualTails = [
  ...lineEnds.map((end) => `${end}data: ${forgedWord}`),
  ...lineEnds.map((end) => end + end),
  ...lineEnds.map((end) => `${end}data: ${forgedWord}${end}${end}event: y${end}`),
];

/** A judge that publishes values with line breaks in them: none may add a line to the stream. */
function addsNoLine(fields: readonly Injection['field'][]): (context: RuleContext) => Promise<Judgement> {
  const injections = record({ field: constantFrom(...fields), tail: tails });
  const examples = usualTails.flatMap((tail) => fields.map((field) => ({ field, tail })));
  return async (context) => {
    const channel = await Channel.open(context, { observed: false });
    const count = { accepted: 0, refused: 0, 'no-answer': 0 };
    /** Fields of which a plain text ends the stream as well: that says nothing of line breaks. */
    const endedByAny = new Set<Injection['field']>();
    let culprit: PublishedEvent = { data: '' };
    let n = 0;
    const holds = async ({ field, tail }: Injection): Promise<Complaint | undefined> => {
      n += 1;
      const start = field === 'retry' ? '1000' : `ssert-${field}-${context.seed}-${n}`;
      const published = { data: `ssert-injection-${context.seed}-${n}`, [field]: start + tail };
      const delivery = await channel.send(published);
      count[delivery.outcome.kind] += 1;
      const complaint =
        complaintAbout(context, field, start, tail, delivery) ??
        (isCut(context, delivery) && !endedByAny.has(field)
          ? await cutComplaint(context, channel, published, { field, tail }, endedByAny)
          : undefined);
      if (complaint) culprit = published;
      return complaint;
    };
    const result = await search(context, injections, holds, examples);
    if (result.found) {
      return fail(result.complaint.message, { ...foundDetail(result), ...reproduction(context, culprit) });
    }
    if (count.accepted + count.refused === 0) return inconclusive('no value with a line break got an answer');
    const plain = [...endedByAny].map((field) => `a plain text as ${field} ends the stream, too`).join('; ');
    if (endedByAny.size === fields.length) return inconclusive(`${plain}: its line breaks were not judged`);
    const unanswered = count['no-answer'] === 0 ? '' : `, ${count['no-answer']} got no answer`;
    return pass(
      `${result.tried} values with line breaks: ${count.accepted} were taken and added no line, ` +
        `${count.refused} were refused${unanswered}${plain === '' ? '' : `; ${plain}`}`,
    );
  };
}

/** Whether a value was taken, did not arrive, and ended the stream, which nothing else accounts for. */
function isCut(context: RuleContext, { events, ended, exchange }: Delivery): boolean {
  const endsByItself = context.target.profiles.has('finite') || hadItsTime(context, exchange);
  if (!ended || events.length > 0 || endsByItself) return false;
  // A server may end a client's older stream for its newer one.
  return context.observations.lastOpenedAtMs <= exchange.startedAtMs;
}

/**
 * A value that ends the stream, of every client most likely, is neither refused nor neutralised. It counts where it does
 * so again, and the same without its line break does not.
 * @param endedByAny takes the field where that fares no better
 */
async function cutComplaint(
  context: RuleContext,
  channel: Channel,
  published: PublishedEvent,
  { field, tail }: Injection,
  endedByAny: Set<Injection['field']>,
): Promise<Complaint | undefined> {
  const value = (published[field] ?? '').toString();
  const start = value.slice(0, value.length - tail.length);
  // Some servers refuse an id that was used before.
  const again = (end: string): Promise<Delivery> =>
    channel.send({ ...published, [field]: field === 'id' ? `again-${start}${end}` : `${start}${end}` });
  const delivery = await again(tail);
  if (!isCut(context, delivery)) return undefined;
  if (isCut(context, await again(''))) {
    endedByAny.add(field);
    return undefined;
  }
  return {
    message: `a line break in ${field} (${JSON.stringify(tail)}) is taken and ends the stream: it is neither refused nor neutralised`,
    evidence: delivery.exchange.evidence(),
  };
}

function complaintAbout(
  context: RuleContext,
  field: Injection['field'],
  start: string,
  tail: string,
  delivery: Delivery,
): Complaint | undefined {
  const evidence = evidenceOfDelivery(delivery);
  const line = delivery.blocks.flatMap((block) => block.fields).find(isForged);
  if (line) {
    const forged = JSON.stringify(`${line.name}: ${line.value}`);
    return { message: `a line break in ${field} (${JSON.stringify(tail)}) adds the line ${forged}`, evidence };
  }
  // Reconnection times may come in a block of their own; a type or id that arrived beside its data does not.
  const beside = field !== 'retry' && context.carriage[field];
  const isTorn = delivery.blocks.some(
    (block) => !block.dispatched && block.fields.some(({ name, value }) => name === field && value.startsWith(start)),
  );
  return beside && isTorn
    ? { message: `a line break in ${field} (${JSON.stringify(tail)}) tears the event in two`, evidence }
    : undefined;
}

export const eventNameInjection: Rule = {
  id: 'security/event-name-injection',
  code: 'SX-01',
  level: 'MUST',
  title: 'No event name can add a line',
  statement: 'CR or LF in an event name is refused or neutralised: no event name can add a line to the stream.',
  spec: [html('parsing-an-event-stream'), cwe(93)],
  access: ['publish'],
  phase: 'publishing',
  judge: addsNoLine(['event']),
};

export const fieldInjection: Rule = {
  id: 'security/field-injection',
  code: 'SX-02',
  level: 'MUST',
  title: 'No id and no retry value can add a line',
  statement: 'CR or LF in an id or a retry value is refused or neutralised: neither can add a line to the stream.',
  spec: [html('parsing-an-event-stream'), cwe(93)],
  access: ['publish'],
  phase: 'publishing',
  judge: addsNoLine(['id', 'retry']),
};
