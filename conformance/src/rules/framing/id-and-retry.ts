import { type Arbitrary, constantFrom, integer, oneof, string, tuple } from 'fast-check';
import { Channel } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import { type Complaint, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import type { PublishedEvent } from '../../target.ts';
import { fail, inconclusive, type Judgement, pass, skip } from '../../verdict.ts';
import { onTheWire } from '../on-the-wire.ts';
import { reproduction } from '../round-trip.ts';

/** What driving a server with bad values of a field came to. */
type Driven = { readonly harmless: string } | { readonly undecided: string } | { readonly fault: Judgement };

/**
 * Publishes events on a stream that the passive rules do not see, and looks whether the inspector finds a rule broken.
 * @param toEvent makes the event of a value; the number is another one each time
 */
async function drive<T>(
  context: RuleContext,
  rule: Rule['id'],
  values: Arbitrary<T>,
  examples: readonly T[],
  toEvent: (value: T, n: number) => PublishedEvent,
): Promise<Driven> {
  const channel = await Channel.open(context, { observed: false });
  const count = { accepted: 0, refused: 0, 'no-answer': 0 };
  let cut = 0;
  let n = 0;
  let culprit: PublishedEvent = { data: '' };
  const holds = async (value: T): Promise<Complaint | undefined> => {
    n += 1;
    const event = toEvent(value, n);
    const { exchange } = channel;
    const from = exchange.inspector.offset;
    const delivery = await channel.send(event);
    count[delivery.outcome.kind] += 1;
    if (delivery.ended && delivery.events.length === 0) cut += 1;
    const violation = delivery.exchange.violations.find(
      (one) => one.rule === rule && one.severity === 'error' && (delivery.exchange !== exchange || one.offset >= from),
    );
    if (!violation) return undefined;
    culprit = event;
    return { message: violation.message, evidence: delivery.exchange.evidenceOf(violation) };
  };
  const result = await search(context, values, holds, examples);
  if (result.found) {
    const { complaint, counterexample } = result;
    const evidence = complaint.evidence ? { evidence: complaint.evidence } : {};
    return { fault: fail(complaint.message, { ...evidence, counterexample, ...reproduction(context, culprit) }) };
  }
  const { accepted, refused } = count;
  const unanswered = count['no-answer'] === 0 ? '' : `, ${count['no-answer']} got no answer`;
  if (accepted + refused === 0) return { undecided: 'no bad value got an answer from the publish URL' };
  // Once may be chance. A server that dies of the value before it writes it has done worse than this rule asks about.
  if (cut > 1) return { undecided: `${cut} bad values were accepted, did not arrive and ended the stream` };
  return {
    harmless: `of ${result.tried} bad values ${accepted} were taken and did no harm, ${refused} were refused${unanswered}`,
  };
}

/**
 * First what the whole run saw; then, where the target can publish, what bad values of ours make of it. Where the server
 * does not take the field from a publisher, only what it sends by itself is evidence.
 */
function seenThenDriven(
  field: 'id' | 'retry',
  see: (context: RuleContext) => Promise<Judgement>,
  driveIt: (context: RuleContext) => Promise<Driven>,
): (context: RuleContext) => Promise<Judgement> {
  return async (context) => {
    const seen = await see(context);
    if (seen.verdict === 'fail' || context.target.publish === undefined) return seen;
    // Also where a plain value does not arrive as it was sent: a bad one may.
    const driven = await driveIt(context);
    if ('fault' in driven) return driven.fault;
    if (seen.verdict === 'warn') return seen;
    const wasSeen = seen.verdict === 'pass';
    if (!context.carriage[field]) {
      const untaken = `a plain ${field} from the publisher did not arrive`;
      return wasSeen
        ? pass(`${seen.message} of the server's own; ${untaken}`)
        : skip('profile', `for servers that send ${field}: none was sent, and ${untaken}`);
    }
    if ('undecided' in driven) return inconclusive(driven.undecided);
    return pass(wasSeen ? `${seen.message}; ${driven.harmless}` : driven.harmless);
  };
}

const around = string({ unit: constantFrom('a', '0', ' ', ':', 'é'), maxLength: 4 });

/** Ids with one NUL, at the start, at the end or inside. */
const idsWithNull = tuple(around, around).map(([before, after]) => `${before}\0${after}`);

/** Some servers refuse an id that was used before, so all but the very first have a number in them. */
function numbered(id: string, n: number): string {
  if (n === 1) return id;
  return id.startsWith('\0') ? `${id}${n}` : `${n}${id}`;
}

export const nullInId: Rule = {
  id: 'framing/null-in-id',
  code: 'SF-08',
  level: 'MUST',
  title: 'No id has U+0000',
  statement: 'No id line carries U+0000: clients ignore such an id and go on to resume from an older event.',
  spec: [html('event-stream-interpretation')],
  access: ['stream'],
  phase: 'passive',
  judge: seenThenDriven(
    'id',
    onTheWire('framing/null-in-id', ({ ids }) =>
      ids === 0 ? skip('access', 'no id was sent: give --publish URL to try one with U+0000') : `${ids} ids`,
    ),
    (context) =>
      drive(context, 'framing/null-in-id', idsWithNull, ['\0', 'a\0', '\0a', 'a\0a'], (id, n) => ({
        data: `ssert-null-${n}`,
        id: numbered(id, n),
      })),
  ),
};

export const retryDigits: Rule = {
  id: 'framing/retry-digits',
  code: 'SF-09',
  level: 'MUST',
  title: 'retry is digits, in milliseconds',
  statement: 'Every retry value is ASCII digits only, in milliseconds; 100 ms to 10 min is what clients can live with.',
  spec: [html('event-stream-interpretation')],
  access: ['stream'],
  phase: 'passive',
  judge: seenThenDriven(
    'retry',
    onTheWire('framing/retry-digits', ({ retries }) =>
      retries === 0
        ? skip('access', 'no retry was sent: give --publish URL to try one that is not digits')
        : `${retries} retry fields`,
    ),
    (context) =>
      drive<number | string>(
        context,
        'framing/retry-digits',
        oneof(
          integer({ max: -1 }),
          integer().map((n) => n / 16),
          string({ unit: constantFrom(...'+- 1e.,'), maxLength: 6 }),
        ),
        [-1, 0.5, 1e21, 1e-7, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '+5', '1e3', ' 5', '5 ', '1000ms'],
        (retry, n) => ({ data: `ssert-retry-${n}`, retry }),
      ),
  ),
};
