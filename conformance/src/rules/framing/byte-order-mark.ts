import type { Arrival } from '../../access/exchange.ts';
import { Channel, type Delivery, jsonReadings } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import { textOf } from '../../payload.ts';
import { type Complaint, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { fail, inconclusive, type Judgement, pass } from '../../verdict.ts';
import { onTheWire } from '../on-the-wire.ts';
import { dataComplaint, reproduction, rightOnes, sendInTime } from '../round-trip.ts';

const mark = '\ufeff';

export const byteOrderMark: Rule = {
  id: 'framing/byte-order-mark',
  code: 'SF-11',
  level: 'MUST',
  title: 'A byte order mark stands only at the very start',
  statement:
    'A byte order mark appears at most once, as the first bytes of the body; U+FEFF at the start of data is data.',
  spec: [html('parsing-an-event-stream')],
  access: ['stream'],
  phase: 'passive',
  judge: async (context) => {
    const seen = await onTheWire('framing/byte-order-mark', ({ streams, bytes }) =>
      bytes === 0 ? undefined : `${bytes} bytes on ${streams} streams`,
    )(context);
    if (seen.verdict === 'fail' || context.target.publish === undefined) return seen;
    const told = await atStartOfData(context);
    if (told.verdict !== 'fail' && seen.verdict === 'warn') return seen;
    return told.verdict === 'fail' ? told : { ...told, message: `${seen.message}; ${told.message}` };
  },
};

/** Whether U+FEFF gets lost from the start of data: in the first event of a stream, and in later ones. */
async function atStartOfData(context: RuleContext): Promise<Judgement> {
  const failure = (message: string, data: string, detail: object): Judgement =>
    fail(message, { ...detail, ...reproduction(context, { data }) });

  const { form } = context.carriage;
  const readings = (block: Arrival): string[] => (form === 'json' ? jsonReadings(block.data) : [block.data]);
  const first = await context.subscribe();
  const data = `${mark}ssert-first-${context.seed}`;
  const outcome = await context.publish({ data });
  if (outcome.kind === 'accepted') {
    const stripped = `ssert-first-${context.seed}`;
    const withWord = () =>
      first.blocks.find((block) => readings(block).some((text) => text.includes(stripped))) ??
      (first.end ? null : undefined);
    const block = await first.until(withWord, Math.max(1000, 4 * context.bounds.event));
    if (block && !readings(block).some((text) => text.includes(data))) {
      return failure('U+FEFF at the start of the first data of a stream is lost', data, { evidence: first.evidence() });
    }
  }
  first.close();

  const channel = await Channel.open(context);
  const count = { arrived: 0, refused: 0, vanished: 0 };
  const arrives = async (text: string): Promise<Complaint | undefined> => {
    const came = (one: Delivery): boolean => rightOnes(channel, text, one).length > 0;
    const delivery = await sendInTime(context, channel, { data: text }, came);
    // Data that does not come at all is the business of delivery/any-text-arrives.
    if (delivery.outcome.kind !== 'accepted' || delivery.events.length === 0) {
      count[delivery.outcome.kind === 'refused' ? 'refused' : 'vanished'] += 1;
      return undefined;
    }
    count.arrived += 1;
    return dataComplaint(channel, text, delivery);
  };
  const texts = textOf([mark, 'x', ' ']).map((text) => `${mark}${text}.`);
  const result = await search(context, texts, arrives, [`${mark}x`, mark, `${mark}${mark}x`]);
  if (!result.found) {
    if (count.arrived > 0)
      return pass(`U+FEFF at the start of data arrives, ${count.arrived} times of ${result.tried}`);
    return count.vanished === 0
      ? pass(`data that begins with U+FEFF is refused, each of ${result.tried}`)
      : inconclusive(`of ${result.tried} data that begin with U+FEFF none arrived: see delivery/any-text-arrives`);
  }
  const { complaint, counterexample, value } = result;
  return failure(complaint.message, value, {
    ...(complaint.evidence ? { evidence: complaint.evidence } : {}),
    counterexample,
  });
}
