import { integer, record } from 'fast-check';
import type { Arrival, Exchange } from '../../access/exchange.ts';
import { jsonReadings } from '../../channel.ts';
import type { RuleContext } from '../../context.ts';
import { headerList } from '../../judge/response-reader.ts';
import { type Complaint, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass, warn } from '../../verdict.ts';
import { patienceMs } from '../numbered-events.ts';

const kib = 1024;

/** A lone event: how large it is, and how long nothing was published before it. */
interface Lone {
  readonly bytes: number;
  readonly quietMs: number;
}

export const loneEventPrompt: Rule = {
  id: 'delivery/lone-event-prompt',
  code: 'SD-01',
  level: 'MUST',
  title: 'A lone event arrives at once',
  statement:
    'A lone event followed by silence arrives at once: it waits neither for the next event nor for a full buffer.',
  spec: [html('authoring-notes')],
  access: ['publish'],
  phase: 'publishing',
  budgetMs: ({ bounds }) => 60_000 + 60 * bounds.event,
  judge: async (context) => {
    const sender = new LoneSender(context, await context.subscribe());
    const suspicion = await suspect(context, sender);
    if (suspicion) return (await confirm(context, sender, suspicion)) ?? judgeDelays(sender);
    return judgeDelays(sender);
  },
};

/** What became of a lone event. */
type Fate =
  | { readonly kind: 'arrived'; readonly afterMs: number }
  /** It was absent for long, and there as soon as something was written after it. */
  | { readonly kind: 'held'; readonly heldMs: number; readonly releasedBy: string }
  | { readonly kind: 'lost' | 'refused'; readonly reason: string };

/** Publishes lone events on one stream and times them. */
class LoneSender {
  readonly #context: RuleContext;
  #stream: Exchange;
  #sent = 0;
  /** From accepted to parsed. */
  readonly delaysMs: number[] = [];
  lost = 0;

  constructor(context: RuleContext, stream: Exchange) {
    this.#context = context;
    this.#stream = stream;
  }

  get stream(): Exchange {
    return this.#stream;
  }

  /** The longest time that an event should take: compression is given four times the bound. */
  get limitMs(): number {
    const { head } = this.#stream;
    const compressed = head !== undefined && headerList(head, 'content-encoding').length > 0;
    return this.#context.bounds.event * (compressed ? 4 : 1);
  }

  /** Publishes one event, then nothing for `aloneMs` or until it is there; only after that something else. */
  async send({ bytes, quietMs }: Lone, aloneMs: number): Promise<Fate> {
    const context = this.#context;
    if (this.#stream.end) this.#stream = await context.subscribe();
    await context.sleep(quietMs);
    this.#sent += 1;
    const data = `s${this.#sent}.${context.seed}`.padEnd(bytes, 'x');
    const outcome = await context.publish({ data });
    if (outcome.kind === 'refused') return outcome;
    if (outcome.kind === 'no-answer') throw new Undecided(`a publish got no answer: ${outcome.reason}`);
    const acceptedAtMs = context.clock.now();
    const arrived = ({ atMs }: Arrival): Fate => {
      const afterMs = Math.max(0, atMs - acceptedAtMs);
      this.delaysMs.push(afterMs);
      return { kind: 'arrived', afterMs };
    };
    const alone = await this.#arrival(data, aloneMs);
    if (alone) return arrived(alone);
    // Slow, or held back? What is written next sets it free, if it is held.
    for (const [releasedBy, next] of [
      ['the next event', ['next']],
      ['128 KiB of later events', Array.from({ length: 8 }, () => this.#noise(16 * kib))],
    ] as const) {
      for (const filler of next) await context.publish({ data: filler });
      const heldMs = context.clock.now() - acceptedAtMs;
      if (await this.#arrival(data, Math.max(context.bounds.event, aloneMs / 4))) {
        this.delaysMs.push(heldMs);
        return { kind: 'held', heldMs, releasedBy };
      }
    }
    const late = await this.#arrival(data, patienceMs(context));
    if (late) return arrived(late);
    this.lost += 1;
    return { kind: 'lost', reason: 'it never arrived' };
  }

  async #arrival(data: string, timeoutMs: number): Promise<Arrival | undefined> {
    const stream = this.#stream;
    const find = () => stream.arrivals.findLast((arrival) => jsonReadings(arrival.data).includes(data));
    const found = await stream.until(() => find() ?? (stream.end ? null : undefined), timeoutMs);
    if (found === null) throw new Undecided('the server ended the stream while an event was on its way');
    return found;
  }

  /** Text that no compressor shortens much. */
  #noise(length: number): string {
    return Array.from({ length }, () => Math.floor(this.#context.random.next() * 36).toString(36)).join('');
  }
}

interface Suspicion {
  readonly lone: Lone;
  readonly detail: Pick<Judgement, 'counterexample'>;
}

/** Looks for a lone event that waits for a later write; stops early where the server is merely slow. */
async function suspect(context: RuleContext, sender: LoneSender): Promise<Suspicion | undefined> {
  const aloneMs = context.bounds.event * 4;
  const holds = async (lone: Lone): Promise<Complaint | undefined> => {
    const slow = sender.delaysMs.filter((delayMs) => delayMs > aloneMs).length;
    if (slow + sender.lost >= 3) return undefined;
    const fate = await sender.send(lone, aloneMs);
    return fate.kind === 'held' ? { message: `held until ${fate.releasedBy}` } : undefined;
  };
  const lone = record({ bytes: integer({ min: 1, max: 64 * kib }), quietMs: integer({ min: 0, max: 40 }) });
  const result = await search(context, lone, holds, [
    { bytes: 1, quietMs: 0 },
    { bytes: 64 * kib, quietMs: 0 },
    { bytes: 1, quietMs: Math.min(2000, 2 * context.bounds.event) },
  ]);
  return result.found ? { lone: result.value, detail: { counterexample: result.counterexample } } : undefined;
}

/** A slow server may by chance send at the moment of the later write: so twice more, waiting ever longer before it. */
async function confirm(
  context: RuleContext,
  sender: LoneSender,
  { lone, detail }: Suspicion,
): Promise<Judgement | undefined> {
  let heldMs = 0;
  let releasedBy = '';
  for (const factor of [8, 16]) {
    const fate = await sender.send(lone, context.bounds.event * factor);
    if (fate.kind !== 'held') return undefined;
    ({ heldMs, releasedBy } = fate);
  }
  const message = `an event of ${lone.bytes} bytes was still absent ${Math.round(heldMs)} ms after it was accepted, and arrived only with ${releasedBy}`;
  const observed = { eventBytes: lone.bytes, heldMs: Math.round(heldMs), boundMs: context.bounds.event };
  const reproduce = context.curlPublish({ data: 'alone' });
  return fail(message, {
    ...detail,
    evidence: sender.stream.evidence({ observed }),
    ...(reproduce === undefined ? {} : { reproduce }),
  });
}

/** Nothing is held back; whether it is prompt enough is a matter of degree. */
async function judgeDelays(sender: LoneSender): Promise<Judgement> {
  const { limitMs, delaysMs } = sender;
  if (delaysMs.length === 0) {
    throw new Undecided(sender.lost > 0 ? 'the events were accepted and never arrived' : 'every event was refused');
  }
  const first = summary(delaysMs);
  if (first.p95Ms <= limitMs) {
    return pass(
      `${first.events} lone events, 95 of 100 within ${first.p95Ms} ms, the slowest after ${first.slowestMs} ms`,
    );
  }
  const again = delaysMs.length;
  for (let turn = 0; turn < 10; turn += 1) await sender.send({ bytes: 1, quietMs: 0 }, limitMs * 4);
  const second = summary(delaysMs.slice(again));
  const evidence = sender.stream.evidence({ observed: { boundMs: limitMs, ...first, againMedianMs: second.medianMs } });
  if (second.events > 0 && second.medianMs <= limitMs) {
    return inconclusive(
      `lone events took up to ${first.p95Ms} ms at first and ${second.medianMs} ms when repeated; the bound is ${limitMs} ms`,
      { evidence },
    );
  }
  return warn(`lone events take up to ${Math.max(first.p95Ms, second.p95Ms)} ms; the bound is ${limitMs} ms`, {
    evidence,
  });
}

function summary(delaysMs: readonly number[]): { events: number; medianMs: number; p95Ms: number; slowestMs: number } {
  const sorted = [...delaysMs].sort((a, b) => a - b);
  const at = (share: number): number => Math.ceil(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
  return { events: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), slowestMs: at(1) };
}
