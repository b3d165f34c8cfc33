import type { Exchange } from '../../access/exchange.ts';
import { jsonReadings } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import type { LateBy } from '../../harness-load.ts';
import { header } from '../../judge/response-reader.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { rfc } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass, warn } from '../../verdict.ts';
import { answerOf, isBusy } from './answers.ts';

export const http10Unchunked: Rule = {
  id: 'http/http10-unchunked',
  code: 'SH-09',
  level: 'MUST',
  title: 'HTTP/1.0 gets an unchunked stream',
  statement:
    'A request in HTTP/1.0, as nginx sends it upstream, gets an unchunked stream whose events come as they are sent.',
  spec: [rfc(9112, '6.1'), rfc(9112, '6.3')],
  access: ['stream'],
  // Where it can publish it does: on an idle stream nobody sees that bytes are held back.
  phase: 'publishing',
  judge: async (context) => {
    const outcome = await repeatBeforeAccusing(
      context,
      (patience) => compare(context, patience),
      (found) => (found.verdict === 'held-back' ? found.late : undefined),
    );
    switch (outcome.kind) {
      case 'kept':
        return judgementOf(context, outcome.result);
      case 'missed':
        return judgementOf(context, outcome.again);
      case 'unstable':
        return inconclusive(`${outcome.first.message}; tried again, they came`);
      case 'strained':
        return inconclusive(`${outcome.again.message}; ${outcome.message}`);
    }
  },
};

type Comparison =
  | { readonly verdict: 'chunked' | 'refused'; readonly message: string; readonly exchange: Exchange }
  | { readonly verdict: 'held-back'; readonly message: string; readonly exchange: Exchange; readonly late: LateBy }
  | { readonly verdict: 'right'; readonly message: string };

function judgementOf(context: RuleContext, found: Comparison): Judgement {
  if (found.verdict === 'right') return pass(found.message);
  const detail = { evidence: found.exchange.evidence(), reproduce: context.curl({ httpVersion: '1.0' }) };
  return found.verdict === 'refused' ? warn(found.message, detail) : fail(found.message, detail);
}

/** Opens a stream in HTTP/1.0 and its twin in HTTP/1.1, and holds what comes on one against the other. */
async function compare(context: RuleContext, patience: number): Promise<Comparison> {
  const { open } = context.bounds;
  // The twin first: where a new stream ends the client's older one, it is not this one that ends.
  const twin = context.send();
  const old = context.send({ httpVersion: '1.0' });
  try {
    await Promise.all([old.headWithin(open), twin.headWithin(open)]);
    // On a server whose headers wait for an event the twin waits too.
    if (!twin.head && context.target.publish !== undefined) await context.publish({ data: 'ssert-nudge' });
    await Promise.all([old.headWithin(open * patience), twin.headWithin(open)]);
    if (!twin.isEventStream) throw new Undecided(`a subscription in HTTP/1.1 got ${answerOf(twin)}`);
    if (!old.head && !old.end) {
      return {
        verdict: 'held-back',
        message: `HTTP/1.0 gets no header block within ${open} ms, HTTP/1.1 does`,
        exchange: old,
        late: { boundMs: open, tookMs: open * patience },
      };
    }
    const coding = old.head && header(old.head, 'transfer-encoding');
    if (coding !== undefined) {
      return {
        verdict: 'chunked',
        message: `HTTP/1.0 gets Transfer-Encoding: ${coding}, which it does not know`,
        exchange: old,
      };
    }
    if (old.head && isBusy(old.head)) throw new Undecided(`a subscription in HTTP/1.0 got ${answerOf(old)}`);
    if (!old.isEventStream) return { verdict: 'refused', message: `HTTP/1.0 gets ${answerOf(old)}`, exchange: old };
    return await compareBodies(context, old, twin, patience);
  } finally {
    old.close();
    twin.close();
  }
}

async function compareBodies(
  context: RuleContext,
  old: Exchange,
  twin: Exchange,
  patience: number,
): Promise<Comparison> {
  const { bounds, effort } = context;
  const graceMs = patience * Math.max(1000, 4 * bounds.event);
  const mark = `ssert-http10-${context.seed}`;
  const hasMark = ({ blocks }: Exchange): boolean => blocks.some(({ data }) => jsonReadings(data).includes(mark));
  const hasAnything = ({ comments, blocks }: Exchange): boolean => comments + blocks.length > 0;

  let what = 'an event';
  let has = hasMark;
  if (context.target.publish !== undefined) {
    await context.publish({ data: mark });
    await arrives(twin, hasMark, Math.max(2000, 8 * bounds.event));
  }
  if (!hasMark(twin)) {
    what = 'what the server sends by itself';
    has = hasAnything;
    await arrives(twin, hasAnything, Math.min(5000, 2 * bounds['idle-soft'], effort.watchMs));
  }
  if (!has(twin)) {
    const message = 'HTTP/1.0 gets an unchunked stream; neither there nor in HTTP/1.1 was anything sent meanwhile';
    return { verdict: 'right', message };
  }
  await arrives(old, has, graceMs);
  if (has(old))
    return { verdict: 'right', message: `HTTP/1.0 gets an unchunked stream, and ${what} arrives there too` };
  if (old.end && !twin.end) {
    return { verdict: 'refused', message: `HTTP/1.0 gets a stream that ends before ${what} is on it`, exchange: old };
  }
  const message = `${what} reached HTTP/1.1 and not HTTP/1.0 within ${graceMs} ms more`;
  return { verdict: 'held-back', message, exchange: old, late: { boundMs: graceMs / patience, tookMs: graceMs } };
}

async function arrives(exchange: Exchange, has: (exchange: Exchange) => boolean, timeoutMs: number): Promise<void> {
  await exchange.until(() => (has(exchange) || exchange.end ? true : undefined), timeoutMs);
}
