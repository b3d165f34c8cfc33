import type { Exchange } from '../../access/exchange.ts';
import { jsonReadings } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { type Evidence, fail, inconclusive, pass } from '../../verdict.ts';
import { answerOf, isBusy } from '../http/answers.ts';
import { hadItsTime } from '../lifetime.ts';
import { idOf, Log } from './log.ts';
import { after, somethingLive } from './resumption.ts';

export const unknownIdDecided: Rule = {
  id: 'reconnect/unknown-id-decided',
  code: 'SR-06',
  level: 'MUST',
  title: 'An unknown or expired id gets a decided answer',
  statement:
    'An unknown or expired id is answered with live events, 204 or a 4xx: never a hang, a 5xx, or silence for ever.',
  spec: [html('the-last-event-id-header')],
  access: ['publish'],
  profiles: ['resumable'],
  phase: 'publishing',
  judge: async (context) => {
    const log = await Log.open(context, 'unknown');
    const policies = new Set<string>();
    for (const [what, id] of await idsOf(context, log)) {
      const first = await outcomeOf(context, log, id);
      policies.add(`${what}: ${first.policy}`);
      if (!first.fault) continue;
      const second = await outcomeOf(context, log, id);
      const detail = { evidence: first.evidence, reproduce: context.curl(after(id)) };
      if (second.fault) return fail(`the ${what} id ${JSON.stringify(id)} ${second.fault}`, detail);
      return inconclusive(`the ${what} id ${JSON.stringify(id)} ${first.fault} once, then: ${second.policy}`, detail);
    }
    return pass([...policies].join('; '));
  },
};

/** Ids that the server does not hold, or not for this client, each with a word for it. */
async function idsOf(context: RuleContext, log: Log): Promise<[what: string, id: string][]> {
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => Math.floor(context.random.next() * 16).toString(16)).join('');
  const ids: [string, string][] = [
    ['unknown', `ssert-unknown-${hex(8)}`],
    ['unknown', `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`],
    ['unknown', '999999999999'],
  ];
  const expired = await log.expiredEntry(20 * context.effort.runs);
  if (expired) ids.push(['expired', expired.id]);
  const foreign = await foreignId(context);
  if (foreign !== undefined) ids.push(["other principal's", foreign]);
  return ids;
}

/** An id that only the other principal's stream has shown, where the target has one and gives ids. */
async function foreignId(context: RuleContext): Promise<string | undefined> {
  const { other } = context.target;
  if (!other) return undefined;
  const stream = await context.ask({ to: other.stream });
  const data = `ssert-foreign-${context.seed}`;
  await context.publishToOther({ data });
  const own = () => stream.blocks.find((block) => jsonReadings(block.data).includes(data));
  const block = await stream.until(() => own() ?? (stream.end ? null : undefined), 4 * context.bounds.event);
  stream.close();
  return block ? idOf(block) : undefined;
}

interface Outcome {
  readonly policy: string;
  /** What is wrong with it, if anything. */
  readonly fault?: string;
  readonly evidence: Evidence;
}

/** Streams that may end, for no fault of the server's, before a live event comes. */
const mostOver = 5;
/** When the third is published, the second has had its time to come, and did not. */
const eventsThatTell = 3;

/** What becomes of a client that comes back with an id, over a few connections where the server ends them. */
async function outcomeOf(context: RuleContext, log: Log, id: string): Promise<Outcome> {
  let lastId = id;
  let stream: Exchange | undefined;
  let over = 0;
  for (let tries = 0; tries < 3; ) {
    stream = await context.ask(after(lastId));
    const { head } = stream;
    const evidence = stream.evidence();
    try {
      if (!head) return { policy: 'no answer', fault: `gets ${withoutHead(context, stream)}`, evidence };
      if (isBusy(head)) throw new Undecided(`a reconnection got ${answerOf(stream)}`);
      if (head.status >= 500) return { policy: answerOf(stream), fault: `gets ${answerOf(stream)}`, evidence };
      if (head.status === 204 || head.status >= 400) return { policy: `status ${head.status}`, evidence };
      if (!stream.isEventStream) throw new Undecided(`a reconnection got ${answerOf(stream)}`);
      const before = log.length;
      if (await somethingLive(context, log, stream)) return { policy: describe(stream, log), evidence };
      // A server may end a stream, but then a client comes back with the last id that it saw.
      if (!stream.end) break;
      // On a busy machine the declared time may be over before there is a live event that the stream could have had.
      const wasOver = hadItsTime(context, stream) && log.length - before < eventsThatTell;
      if (wasOver || gaveWay(context, stream)) over += 1;
      else tries += 1;
      if (over === mostOver) {
        throw new Undecided(
          `${over} streams had their declared time, or ended as another was opened, before a live event came`,
        );
      }
      lastId = stream.blocks.map(idOf).findLast((one) => one !== undefined) ?? lastId;
    } finally {
      stream.close();
    }
  }
  const ended = stream?.end && stream.end.kind !== 'closed-here';
  const fault = ended
    ? 'gets a stream that ends before any live event, three times'
    : 'gets a stream on which no live event ever comes';
  return { policy: 'silence', fault, evidence: stream?.evidence() ?? {} };
}

/** Whether another stream was opened while this one lived: a server may end a client's older stream for its newer one. */
function gaveWay({ observations }: RuleContext, { startedAtMs, endAtMs = 0 }: Exchange): boolean {
  return observations.lastOpenedAtMs > startedAtMs && observations.lastOpenedAtMs < endAtMs;
}

function withoutHead({ bounds }: RuleContext, exchange: Exchange): string {
  return exchange.end ? answerOf(exchange) : `no answer within ${bounds.open} ms`;
}

function describe(stream: Exchange, log: Log): string {
  const old = log.events.on(stream).length;
  return old > 1 ? 'events from before, then live ones' : 'live events';
}
