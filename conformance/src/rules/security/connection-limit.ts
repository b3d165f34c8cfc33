import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import { excuses } from '../../harness-load.ts';
import { header } from '../../judge/response-reader.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { type Judgement, pass, warn } from '../../verdict.ts';
import { hadItsTime } from '../lifetime.ts';
import { patienceMs } from '../numbered-events.ts';
import { isNearlyFull } from '../places.ts';

/** Streams tried where the target does not say how many it holds. */
const undeclaredLimit = 2000;
const atOnce = 50;

export const connectionLimit: Rule = {
  id: 'security/connection-limit',
  code: 'SX-06',
  level: 'SHOULD',
  title: 'Connections are limited',
  statement: 'Past a limit new streams are refused with 429 or 503 and Retry-After, and the streams before go on.',
  spec: [rfc(6585, '4'), rfc(9110, '10.2.3')],
  access: ['stream'],
  phase: 'crowd',
  disruptive: true,
  budgetMs: () => 120_000,
  judge: async (context) => {
    const { capacity } = context.target;
    const wanted = capacity === undefined ? undeclaredLimit : Math.ceil(capacity * 1.2);
    const open: Exchange[] = [];
    for (let asked = 0; asked < wanted && !context.signal.aborted; asked += atOnce) {
      const batch = await openTogether(context, Math.min(atOnce, wanted - asked));
      open.push(...batch.filter(isServed));
      const turnedAway = batch.find((exchange) => !isServed(exchange));
      if (turnedAway) return judgeRefusal(context, turnedAway, open);
      context.progress(`${open.length} of ${wanted} streams are open`);
    }
    const ended = open.filter(({ end }) => end !== undefined).length;
    if (ended > 0)
      throw new Undecided(`${ended} of ${open.length} streams ended by themselves, so no limit was reached`);
    return warn(
      capacity === undefined
        ? `${open.length} streams were opened and none was refused`
        : `the target declares room for ${capacity} streams, and ${open.length} were opened without a refusal`,
      { evidence: { observed: { openStreams: open.length } } },
    );
  },
};

function isServed({ isEventStream }: Exchange): boolean {
  return isEventStream;
}

/** Opens streams side by side. @throws Undecided where this machine is what they fail for */
async function openTogether(context: RuleContext, count: number): Promise<Exchange[]> {
  const sinceMs = context.load.mark();
  const batch = Array.from({ length: count }, () => context.send({ keepArrivals: 20, keepBodyBytes: 1024 }));
  await context.headsOf(batch);
  const longMs = Math.max(10_000, 10 * context.bounds.open);
  const answered = (): Promise<unknown> => Promise.all(batch.map((exchange) => exchange.headWithin(longMs)));
  await answered();
  // Waiting on tells the server that never answers from one that has no time on a busy machine.
  const late = { boundMs: context.bounds.open, tookMs: longMs, heavy: true };
  if (batch.some(({ head, end }) => !head && !end) && excuses(context.load.since(sinceMs), late)) await answered();
  for (const { end } of batch) {
    // Nobody refused these: file descriptors, ports or memory of our own ran out, or the way there did.
    if (end?.kind === 'unreachable' && end.code !== 'ECONNREFUSED' && end.code !== 'ECONNRESET') {
      throw new Undecided(`this machine could not open more connections (${end.code}): raise its limits (ulimit -n)`);
    }
  }
  return batch;
}

async function judgeRefusal(context: RuleContext, refused: Exchange, open: readonly Exchange[]): Promise<Judgement> {
  const evidence = refused.evidence({ observed: { openStreams: open.length } });
  const at = `with ${open.length} streams open, a new one`;
  if (open.length === 0) throw new Undecided('the very first streams were refused');
  const cut = open.filter((exchange) => exchange.end !== undefined && !hadItsTime(context, exchange)).length;
  if (cut > 0) return warn(`${at} is refused and ${cut} of the others end`, { evidence });
  const { head, end } = refused;
  if (!head) {
    const what = end ? 'is cut off' : 'waits without end';
    return warn(`${at} ${what}: a client cannot tell that from an outage, as it could 429 or 503`, { evidence });
  }
  if (head.status !== 429 && head.status !== 503) {
    return warn(`${at} gets status ${head.status} in place of 429 or 503`, { evidence });
  }
  const retryAfter = header(head, 'retry-after');
  if (retryAfter === undefined) return warn(`${at} gets status ${head.status} without Retry-After`, { evidence });
  if (!(await goesOn(context, open))) {
    return warn(`${at} is refused, and an event that is published then does not reach the others`, { evidence });
  }
  const { capacity } = context.target;
  if (capacity !== undefined && !(await isNearlyFull(context, capacity))) {
    const declared = `with ${open.length} streams open, where the target declares room for ${capacity}`;
    throw new Undecided(`refused ${declared}: see backpressure/idle-streams-answered`);
  }
  return pass(`${at} gets status ${head.status} with Retry-After: ${retryAfter}, and the others go on`);
}

/** Whether the streams still work: where the target can publish, an event reaches the first of them. */
async function goesOn(context: RuleContext, open: readonly Exchange[]): Promise<boolean> {
  const stream = open.find((exchange) => !exchange.end && !hadItsTime(context, exchange));
  if (context.target.publish === undefined || !stream) return true;
  const boundMs = patienceMs(context);
  let attempts = 0;
  const outcome = await repeatBeforeAccusing(
    context,
    async (patience) => {
      const { dispatched } = stream;
      attempts += 1;
      const published = await context.publish({ data: `ssert-limit-${context.seed}-${attempts}` });
      if (published.kind !== 'accepted') return { arrived: true, waitedMs: 0 };
      const arrived = await stream.until(() => (stream.dispatched > dispatched ? true : undefined), boundMs * patience);
      return { arrived: arrived ?? false, waitedMs: boundMs * patience };
    },
    ({ arrived, waitedMs }) => (arrived ? undefined : { boundMs, tookMs: waitedMs, heavy: true }),
  );
  if (outcome.kind === 'strained') throw new Undecided(`an event did not reach an open stream; ${outcome.message}`);
  if (outcome.kind === 'missed' && hadItsTime(context, stream)) throw new Undecided('the streams had their time');
  return outcome.kind !== 'missed';
}
