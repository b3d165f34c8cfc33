import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { cwe, rfc } from '../../spec.ts';
import type { StreamRequest } from '../../target.ts';
import { Undecided } from '../../undecided.ts';
import { type Judgement, pass, skip, warn } from '../../verdict.ts';
import { answerOf, headOf, isBusy } from '../http/answers.ts';
import { patienceMs } from '../numbered-events.ts';

export const revokedCredentialEnds: Rule = {
  id: 'security/revoked-credential-ends',
  code: 'SX-07',
  level: 'SHOULD',
  title: 'A revoked credential ends the stream',
  statement: 'A stream whose credential is revoked or has expired gets no event any more after the `revoked` bound.',
  spec: [cwe(613), rfc(9110, '11')],
  access: ['publish'],
  profiles: ['private'],
  phase: 'publishing',
  budgetMs: ({ bounds }) => bounds.revoked * 1.5 + 60_000,
  judge: async (context) => {
    const { other, revoke } = context.target;
    if (!other || revoke === undefined) {
      return skip('access', 'needs a credential that may be revoked: name `other` and `revoke` in a target file');
    }
    const watch = new Watch(context, other.stream);
    await watch.begin();
    const outcome = await context.revoke();
    if (outcome.kind !== 'accepted') throw new Undecided(`the credential was not revoked: ${outcome.reason}`);
    return watch.judge();
  },
};

/** Publishes to a stream and notes what comes. */
class Watch {
  readonly #context: RuleContext;
  readonly #to: StreamRequest;
  #stream: Exchange | undefined;
  #published = 0;

  constructor(context: RuleContext, to: StreamRequest) {
    this.#context = context;
    this.#to = to;
  }

  /** Waits until the stream shows an event. @throws Undecided where it does not */
  async begin(): Promise<void> {
    const stream = await this.#context.subscribe({ to: this.#to });
    this.#stream = stream;
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await this.#publish();
      if (await stream.until(() => this.#lastOn(stream), patienceMs(this.#context) / 2)) return;
    }
    throw new Undecided('no event came on the stream of the other principal before its credential was revoked');
  }

  /** Goes on publishing until the stream is refused, or for the whole bound and a little more. */
  async judge(): Promise<Judgement> {
    const { clock, bounds, effort } = this.#context;
    const revokedAtMs = clock.now();
    const sinceMs = (): number => Math.round(clock.now() - revokedAtMs);
    const boundMs = bounds.revoked;
    // Events still on their way at the bound are not those that the bound is about.
    const graceMs = Math.max(1000, boundMs * 0.1);
    let late = 0;
    while (sinceMs() < boundMs + graceMs) {
      if (sinceMs() > effort.watchMs)
        throw new Undecided(`the stream still runs ${sinceMs()} ms later, and ${boundMs} ms decide`);
      if (this.#context.signal.aborted) throw new Undecided('not decided in time');
      const isLate = sinceMs() > boundMs + graceMs / 2;
      const number = await this.#publish();
      const stream = await this.#open();
      if (!stream.isEventStream) {
        const head = headOf(stream);
        if (isBusy(head) || head.status >= 500) throw new Undecided(`a new stream got ${answerOf(stream)}`);
        return pass(
          `${sinceMs()} ms after the credential was revoked the stream had ended and was refused with ${answerOf(stream)}`,
        );
      }
      const waitMs = Math.min(1000, graceMs / 10);
      const came = await stream.until(() => (this.#lastOn(stream) ?? 0) >= number || undefined, waitMs);
      if (isLate && came) late += 1;
      if (late > 1) {
        const message = `${sinceMs()} ms after its credential was revoked a stream still gets events`;
        return warn(message, { evidence: stream.evidence({ observed: { revokedMsAgo: sinceMs(), boundMs } }) });
      }
      if (came) await this.#context.sleep(waitMs);
    }
    return pass(`no event came later than ${boundMs} ms after the credential was revoked, though the stream is open`);
  }

  /** The stream, or a new one where the server ended it: its credential may still be good for that. */
  async #open(): Promise<Exchange> {
    if (this.#stream && !this.#stream.end) return this.#stream;
    this.#stream = await this.#context.ask({ to: this.#to });
    return this.#stream;
  }

  async #publish(): Promise<number> {
    this.#published += 1;
    // Refused is fair: there may be nobody to publish to any more.
    await this.#context.publishToOther({ data: `${this.#prefix()}${this.#published}` });
    return this.#published;
  }

  #prefix(): string {
    return `ssert-revoked-${this.#context.seed}-`;
  }

  #lastOn(stream: Exchange): number | undefined {
    const data = stream.arrivals.findLast((arrival) => arrival.data.includes(this.#prefix()))?.data;
    return data === undefined
      ? undefined
      : Number.parseInt(data.slice(data.indexOf(this.#prefix()) + this.#prefix().length), 10);
  }
}
