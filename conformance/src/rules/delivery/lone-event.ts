import { type Arbitrary, boolean, integer, record } from 'fast-check';
import type { Arrival, Exchange } from '../../access/exchange.ts';
import { jsonReadings } from '../../channel.ts';
import type { RuleContext, SendOptions } from '../../context.ts';
import { headerList } from '../../judge/response-reader.ts';
import { type Complaint, search } from '../../property.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass, warn } from '../../verdict.ts';
import { noise } from '../noise.ts';
import { patienceMs } from '../numbered-events.ts';
import { kib } from '../units.ts';

/** A lone event: how large it is, and how long nothing was published before it. */
interface Lone {
  readonly bytes: number;
  readonly quietMs: number;
  /** Text that no compressor shortens much, in place of one letter over and over. */
  readonly noise?: boolean;
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
  judge: (context) => judgeLoneEvents(context),
};

/** Judges lone events on a stream that is asked for in this way; of sizes that compress well and badly with `noise`. */
export async function judgeLoneEvents(
  context: RuleContext,
  options: { readonly send?: SendOptions; readonly noise?: boolean; readonly maxRuns?: number } = {},
): Promise<Judgement> {
  const sender = new LoneSender(context, await context.subscribe(options.send), options.send);
  const suspicion = await suspect(context, sender, options);
  if (suspicion) return (await confirm(context, sender, suspicion)) ?? judgeDelays(context, sender);
  return judgeDelays(context, sender);
}

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
  readonly options: SendOptions | undefined;
  #sent = 0;
  /** From accepted to parsed. */
  readonly delaysMs: number[] = [];
  lost = 0;

  constructor(context: RuleContext, stream: Exchange, options: SendOptions | undefined) {
    this.#context = context;
    this.#stream = stream;
    this.options = options;
  }

  get stream(): Exchange {
    return this.#stream;
  }

  /** The longest time that an event should take: compression is given four times the bound. */
  get limitMs(): number {
    return this.#context.bounds.event * (this.#isCoded ? 4 : 1);
  }

  get #isCoded(): boolean {
    const { head } = this.#stream;
    return head !== undefined && headerList(head, 'content-encoding').length > 0;
  }

  /** Publishes one event, then nothing for `aloneMs` or until it is there; only after that something else. */
  async send({ bytes, quietMs, noise: noisy }: Lone, aloneMs: number): Promise<Fate> {
    const context = this.#context;
    if (this.#stream.end) this.#stream = await context.subscribe(this.options);
    await context.sleep(quietMs);
    this.#sent += 1;
    const name = `s${this.#sent}.${context.seed}`;
    const data = noisy ? `${name}.${noise(context, bytes - name.length - 1)}` : name.padEnd(bytes, 'x');
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
      ['128 KiB of later events', noises(context, 8)],
      // Encoders gather more than writers do: Brotli's more than a mebibyte.
      ...(this.#isCoded ? ([['2 MiB of later events', noises(context, 120)]] as const) : []),
    ] as const) {
      for (const filler of next) {
        await context.publish({ data: filler });
        if (this.#find(data)) break;
      }
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
    const found = await stream.until(() => this.#find(data) ?? (stream.end ? null : undefined), timeoutMs);
    if (found === null) throw new Undecided('the server ended the stream while an event was on its way');
    return found;
  }

  #find(data: string): Arrival | undefined {
    return this.#stream.arrivals.findLast((arrival) => jsonReadings(arrival.data).includes(data));
  }
}

function noises(context: RuleContext, count: number): string[] {
  return Array.from({ length: count }, () => noise(context, 16 * kib));
}

interface Suspicion {
  readonly lone: Lone;
  readonly detail: Pick<Judgement, 'counterexample'>;
}

/** Looks for a lone event that waits for a later write; stops early where the server is merely slow. */
async function suspect(
  context: RuleContext,
  sender: LoneSender,
  { noise: noisy, maxRuns }: { readonly noise?: boolean; readonly maxRuns?: number },
): Promise<Suspicion | undefined> {
  const aloneMs = context.bounds.event * 4;
  const holds = async (lone: Lone): Promise<Complaint | undefined> => {
    const slow = sender.delaysMs.filter((delayMs) => delayMs > aloneMs).length;
    if (slow + sender.lost >= 3) return undefined;
    const fate = await sender.send(lone, aloneMs);
    return fate.kind === 'held' ? { message: `held until ${fate.releasedBy}` } : undefined;
  };
  const lone: Arbitrary<Lone> = record({
    bytes: integer({ min: 1, max: 64 * kib }),
    quietMs: integer({ min: 0, max: 40 }),
    ...(noisy ? { noise: boolean() } : {}),
  });
  const examples = [
    { bytes: 1, quietMs: 0 },
    { bytes: 64 * kib, quietMs: 0 },
    noisy
      ? { bytes: 64 * kib, quietMs: 0, noise: true }
      : { bytes: 1, quietMs: Math.min(2000, 2 * context.bounds.event) },
  ];
  const result = await search(context, lone, holds, examples, maxRuns);
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
  const reproduce = context.curlPublish({ data: 'alone' }, sender.options);
  return fail(message, {
    ...detail,
    evidence: sender.stream.evidence({ observed }),
    ...(reproduce === undefined ? {} : { reproduce }),
  });
}

/** Nothing is held back; whether it is prompt enough is a matter of degree. */
async function judgeDelays(context: RuleContext, sender: LoneSender): Promise<Judgement> {
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
  let tries = 0;
  const outcome = await repeatBeforeAccusing(
    context,
    async (patience) => {
      tries += 1;
      if (tries === 1) return { ...first, judgedMs: first.p95Ms };
      const again = delaysMs.length;
      for (let turn = 0; turn < 10; turn += 1) await sender.send({ bytes: 1, quietMs: 0 }, limitMs * 4 * patience);
      const repeated = summary(delaysMs.slice(again));
      return { ...repeated, judgedMs: repeated.events > 0 ? repeated.medianMs : limitMs * 4 * patience };
    },
    ({ judgedMs }) => (judgedMs <= limitMs ? undefined : { boundMs: limitMs, tookMs: judgedMs }),
  );
  const second = outcome.kind === 'kept' ? outcome.result : outcome.again;
  const evidence = sender.stream.evidence({ observed: { boundMs: limitMs, ...first, againMedianMs: second.medianMs } });
  const both = `lone events took up to ${first.p95Ms} ms at first and ${second.medianMs} ms when repeated; the bound is ${limitMs} ms`;
  if (outcome.kind === 'strained') return inconclusive(`${both}; ${outcome.message}`, { evidence });
  if (outcome.kind !== 'missed') return inconclusive(both, { evidence });
  return warn(`lone events take up to ${Math.max(first.p95Ms, second.p95Ms)} ms; the bound is ${limitMs} ms`, {
    evidence,
  });
}

function summary(delaysMs: readonly number[]): { events: number; medianMs: number; p95Ms: number; slowestMs: number } {
  const sorted = [...delaysMs].sort((a, b) => a - b);
  const at = (share: number): number => Math.ceil(sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0);
  return { events: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), slowestMs: at(1) };
}
