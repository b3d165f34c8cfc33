import { type Arbitrary, constantFrom, oneof, record, string } from 'fast-check';
import { Channel, type Delivery } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import type { PublishedEvent } from '../../target.ts';
import { Undecided } from '../../undecided.ts';
import { fail, type Judgement, pass, skip } from '../../verdict.ts';
import { evidenceOfDelivery, reproduction, sendInTime } from '../round-trip.ts';

/** An event type or id to publish. */
interface Named {
  readonly field: 'event' | 'id';
  readonly value: string;
}

/** What a careless condition takes for none. */
const falsyTexts = ['0', 'false', 'null', ''];
const oddValues = [...falsyTexts, ' a', 'a ', '\ta', ':a', 'a: b', 'é€𝄞', '\u2028', '\u0085', '\ufeffa', '"a"'];

/** Text on one line; NUL is another rule's. */
const oneLine: Arbitrary<string> = string({
  unit: oneof(
    constantFrom(' ', '\t', ':', '0', 'é', '€', '𝄞', '\u0085', '\u2028', '"', '<', '%'),
    string({ minLength: 1, maxLength: 1 }),
  ),
  maxLength: 8,
}).filter((text) => !/[\r\n\0]/.test(text));

export const typeAndIdArrive: Rule = {
  id: 'delivery/type-and-id-arrive',
  code: 'SD-08',
  level: 'MUST',
  title: 'Event type and id arrive unchanged',
  statement:
    'An event type or id that is accepted arrives as it was published: not trimmed, not dropped; 0 is a value.',
  spec: [html('event-stream-interpretation')],
  access: ['publish'],
  phase: 'publishing',
  judge: async (context) => {
    const fields = (['event', 'id'] as const).filter((field) => context.carriage[field]);
    // A server that names its events by itself promises nothing about a publisher's names.
    if (fields.length === 0) {
      const { event, id } = context.carriage;
      if (event === undefined || id === undefined)
        throw new Undecided('events with a type or id of their own did not arrive');
      return skip(
        'profile',
        'for servers that take an event type or id from the publisher: a plain one did not arrive',
      );
    }
    const values = record({ field: constantFrom(...fields), value: oneof(constantFrom(...oddValues), oneLine) });
    const examples = fields.flatMap((field) => oddValues.map((value) => ({ field, value })));
    const trial = new Trial(context, await Channel.open(context, { observed: false }));
    const result = await search(context, values, (named) => trial.complaintAbout(named), examples);
    if (result.found) {
      return fail(result.complaint.message, { ...foundDetail(result), ...reproduction(context, trial.culprit) });
    }
    return trial.passed(fields);
  },
};

/** Publishes types and ids one after the other and compares what arrives. */
class Trial {
  readonly #context: RuleContext;
  readonly #channel: Channel;
  readonly #usedIds = new Set<string>();
  readonly #count = { accepted: 0, refused: 0, 'no-answer': 0 };
  #n = 0;
  /** The last event that arrived altered. */
  culprit: PublishedEvent = { data: '' };

  constructor(context: RuleContext, channel: Channel) {
    this.#context = context;
    this.#channel = channel;
  }

  async complaintAbout({ field, value }: Named): Promise<Complaint | undefined> {
    return field === 'event' ? this.#try('event', value) : this.#tryId(value);
  }

  passed(fields: readonly string[]): Judgement {
    const { accepted, refused } = this.#count;
    const names = fields.map((field) => (field === 'event' ? 'event types' : 'ids')).join(' and ');
    return pass(`${accepted} odd ${names} arrived as published${refused > 0 ? `, ${refused} were refused` : ''}`);
  }

  async #tryId(value: string): Promise<Complaint | undefined> {
    // Servers may refuse an id that was used before, so most have a number in them; the short ones go once as they are.
    if (!falsyTexts.includes(value) || this.#usedIds.has(value)) return this.#try('id', `${value}${this.#n}${value}`);
    this.#usedIds.add(value);
    if (value !== '') return this.#try('id', value);
    // A template cannot tell an empty id from none.
    const { publish } = this.#context.target;
    if (typeof publish === 'object' && 'url' in publish) return undefined;
    // An empty id resets the last event ID, so there must be one before.
    return (await this.#try('id', `ssert-before-${this.#context.seed}-${this.#n}`)) ?? this.#try('id', '');
  }

  async #try(field: Named['field'], value: string): Promise<Complaint | undefined> {
    this.#n += 1;
    const data = `ssert-named-${this.#context.seed}-${this.#n}`;
    const event = { data, [field]: value };
    const ours = ({ events }: Delivery) => events.find((one) => this.#channel.readings(one.data).includes(data));
    const send = () => sendInTime(this.#context, this.#channel, event, (one) => ours(one) !== undefined);
    let delivery = await send();
    // What came too late comes the second time.
    if (delivery.outcome.kind === 'accepted' && !ours(delivery)) delivery = await send();
    const { outcome } = delivery;
    this.#count[outcome.kind] += 1;
    if (outcome.kind === 'no-answer') throw new Undecided(`a publish got no answer: ${outcome.reason}`);
    if (outcome.kind === 'refused') return undefined;
    const block = ours(delivery);
    const arrived = block && (field === 'event' ? block.type : block.lastEventId);
    // An empty type cannot be told from none. A short id may have been used before, and then gets something added.
    const wanted = field === 'event' && value === '' ? 'message' : value;
    const told = field === 'id' && value !== '' && falsyTexts.includes(value) && arrived?.startsWith(value);
    if (arrived === wanted || told) return undefined;
    this.culprit = event;
    const name = field === 'event' ? 'event type' : 'id';
    const fate = arrived === undefined ? 'kept its event from arriving' : `arrived as ${JSON.stringify(arrived)}`;
    return { message: `the ${name} ${JSON.stringify(value)} ${fate}`, evidence: evidenceOfDelivery(delivery) };
  }
}
