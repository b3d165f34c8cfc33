import { type Arbitrary, array, constantFrom, integer, oneof } from 'fast-check';
import type { Exchange } from '../../access/exchange.ts';
import { type RuleContext, type SendOptions, shellQuote } from '../../context.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { cwe, html, rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, pass } from '../../verdict.ts';
import { isBusy } from '../http/answers.ts';
import { hadItsTime } from '../lifetime.ts';
import { kib } from '../units.ts';
import { Bystander } from './bystander.ts';

/** Ids that trip readers of numbers, paths, queries and templates; one character stands for one byte. */
const hostileIds = [
  ...['0', '-1', '1.5', '1e309', 'NaN', 'Infinity', '0x10', '9223372036854775808', '18446744073709551616'],
  ...['$', '-', '*', '>', '+', '"', "'", "' OR '1'='1", ';', '\\', '`id`', '{}', '{"a":', '[]', '(', ')'],
  ...['%', '%00', '%0d%0aa', '%n', '../../etc/passwd', '?a=1', '&b=2', '#', '|', ',', '0-0', '1-'],
  ...['null', 'undefined', 'true', '__proto__', 'constructor', '{{1}}', '#{1}'],
  ...['\x80', '\xff', '\xc0\xaf', '\xed\xa0\x80', '\xe9', 'a\tb', 'a b'],
];

const headerByte: Arbitrary<string> = oneof(integer({ min: 0x21, max: 0x7e }), integer({ min: 0x80, max: 0xff })).map(
  (byte) => String.fromCharCode(byte),
);

const anyHeaderValue: Arbitrary<string> = array(oneof(constantFrom(...hostileIds), headerByte), {
  minLength: 1,
  maxLength: 6,
}).map((parts) => parts.join(''));

function asBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

export const hostileLastEventId: Rule = {
  id: 'security/hostile-last-event-id',
  code: 'SX-04',
  level: 'MUST',
  title: 'No Last-Event-ID breaks the server',
  statement:
    'Whatever bytes Last-Event-ID has, the answer is a success or a 4xx: never 5xx, a crash, or a stream that ends at once.',
  spec: [rfc(9110, '15.5.1'), html('the-last-event-id-header')],
  access: ['stream'],
  phase: 'crowd',
  judge: async (context) => {
    const bystander = await Bystander.open(context);
    const plain = (): Promise<Complaint | undefined> => complaintAboutAnswer(context, {}, true);
    const holds = async (id: string): Promise<Complaint | undefined> => {
      // What injection rules published before may be replayed to these.
      const hostile = { headers: { 'Last-Event-ID': asBytes(id) }, observed: false };
      return bystander.complaintAbout(() => complaintAboutAnswer(context, hostile), plain);
    };
    const result = await search(context, anyHeaderValue, holds, hostileIds);
    if (!result.found) {
      await context.subscribe();
      return pass(`${result.tried} hostile ids; a plain client was served before and after`);
    }
    const reproduce = `${context.curl()} -H "$(printf ${shellQuote(`Last-Event-ID: ${printfEscapes(result.value)}`)})"`;
    const message = `after Last-Event-ID "${shown(result.value)}" ${result.complaint.message}`;
    return fail(message, foundDetail(result, reproduce));
  },
};

/** Bytes as a person can tell them apart. */
function shown(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

/** Bytes as printf writes them, in a format of its own. */
function printfEscapes(text: string): string {
  return text.replace(/[^\w .:/-]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

/**
 * What is bad about an answer to a subscription, if anything. "Not now" says nothing about the request.
 * @throws TargetLost where there is no connection, Undecided where a plain client is told to come back later
 */
async function complaintAboutAnswer(
  context: RuleContext,
  options: SendOptions,
  isPlain = false,
): Promise<Complaint | undefined> {
  const exchange = await context.ask(options);
  try {
    const { head, end } = exchange;
    const evidence = exchange.evidence();
    if (!head) {
      const within = end
        ? 'the connection is closed without an answer'
        : `no answer comes in ${context.bounds.open} ms`;
      return { message: within, evidence };
    }
    if (isBusy(head)) {
      if (isPlain) throw new Undecided(`a plain subscription got status ${head.status}`);
      return undefined;
    }
    if (head.status >= 500) return { message: `the answer is status ${head.status}`, evidence };
    return (await endsAtOnce(context, exchange)) ? { message: 'the stream ends at once', evidence } : undefined;
  } finally {
    exchange.close();
  }
}

/** Whether a client would come back with the same id again and again. */
async function endsAtOnce(context: RuleContext, exchange: Exchange): Promise<boolean> {
  if (!exchange.isEventStream || context.target.profiles.has('finite')) return false;
  await exchange.endWithin(10);
  const givesAnotherId = exchange.blocks.some((block) => block.fields.some(({ name }) => name === 'id'));
  // Where the harness was held up for a whole life of a stream, it reads head and end together.
  return exchange.end !== undefined && !givesAnotherId && !hadItsTime(context, exchange);
}

const headerSizes = [4 * kib, 16 * kib, 64 * kib, kib * kib, 16 * kib * kib];

export const oversizedHeader: Rule = {
  id: 'security/oversized-header',
  code: 'SX-05',
  level: 'MUST',
  title: 'An oversized header is refused or ignored in bounded time',
  statement:
    'A Last-Event-ID of 4 KiB to 16 MiB gets a success, a 4xx (431 at best) or a prompt close; others notice nothing.',
  spec: [rfc(6585, '5'), cwe(770)],
  access: ['stream'],
  phase: 'crowd',
  disruptive: true,
  budgetMs: () => 150_000,
  judge: async (context) => {
    const bystander = await Bystander.open(context);
    const plain = (): Promise<Complaint | undefined> => complaintAboutAnswer(context, {}, true);
    const outcomes: string[] = [];
    for (const bytes of headerSizes) {
      const size = bytes < kib * kib ? `${bytes / kib} KiB` : `${bytes / kib / kib} MiB`;
      let outcome = '';
      const hostile = async (): Promise<Complaint | undefined> => {
        const exchange = await context.ask({ headers: { 'Last-Event-ID': 'x'.repeat(bytes) } });
        await untilDecided(context, exchange);
        const evidence = exchange.evidence();
        const { head, end } = exchange;
        exchange.close();
        outcome = head ? `status ${head.status}` : 'closed';
        if (!head && !end) return { message: 'there is neither an answer nor a close', evidence };
        if (head && head.status >= 500 && !isBusy(head)) return { message: `the answer is ${outcome}`, evidence };
        const unserved = await plain();
        return unserved && { message: `a plain client is not served: ${unserved.message}`, evidence };
      };
      const complaint = await bystander.complaintAbout(hostile, plain);
      if (complaint) {
        const header = `(printf 'Last-Event-ID: '; head -c ${bytes} /dev/zero | tr '\\0' x)`;
        return fail(`after a Last-Event-ID of ${size} ${complaint.message}`, {
          ...(complaint.evidence ? { evidence: complaint.evidence } : {}),
          reproduce: `${header} | ${context.curl()} -H @-`,
        });
      }
      outcomes.push(`${size}: ${outcome}`);
    }
    return pass(`${outcomes.join(', ')}; a plain client was served after each`);
  },
};

/** Waits for an answer or a close, as long as the server goes on taking the request, and some seconds beyond. */
async function untilDecided(context: RuleContext, exchange: Exchange): Promise<void> {
  const isDecided = (): true | undefined => (exchange.head || exchange.end ? true : undefined);
  let sentBytes: number;
  do {
    sentBytes = exchange.sentBytes;
    await exchange.until(isDecided, Math.max(5000, 5 * context.bounds.open));
  } while (!isDecided() && exchange.sentBytes > sentBytes && !context.signal.aborted);
}
