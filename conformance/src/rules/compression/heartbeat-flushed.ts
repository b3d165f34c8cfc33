import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { html, rfc } from '../../spec.ts';
import { fail, inconclusive, pass } from '../../verdict.ts';
import { contentCodings, isCodedAs, nothingCompressed } from './codings.ts';

export const heartbeatFlushed: Rule = {
  id: 'compression/heartbeat-flushed',
  code: 'SZ-09',
  level: 'MUST',
  title: 'A heartbeat passes through the encoder too',
  statement: 'Where an idle plain stream shows signs of life, an idle compressed one shows them too, when decoded.',
  spec: [html('authoring-notes'), rfc(9110, '8.4')],
  access: ['stream'],
  profiles: ['live'],
  phase: 'quiet',
  budgetMs: ({ bounds }) => 8 * bounds['idle-hard'] + 30_000,
  judge: async (context) => {
    const outcome = await repeatBeforeAccusing(
      context,
      (patience) => watch(context, patience),
      ({ silent, watchedMs }) => silent && { boundMs: context.bounds['idle-soft'], tookMs: watchedMs },
    );
    const seen = outcome.kind === 'kept' ? outcome.result : outcome.again;
    const { offered, silent, plain, ended, watchedMs } = seen;
    if (offered.length === 0) return nothingCompressed();
    const names = offered.map(({ coding }) => coding).join(', ');
    const detail = (lane: IdleLane) => ({
      evidence: lane.stream.evidence({
        observed: { watchedMs: Math.round(watchedMs), writesOnPlainStream: plain.writes, writesDecoded: lane.writes },
      }),
      reproduce: context.curl({ headers: { 'Accept-Encoding': lane.coding } }),
    });
    if (silent) {
      const message = `${silent.coding}: nothing comes out of an idle stream, where a plain one showed ${plain.writes} signs of life`;
      if (outcome.kind === 'strained') return inconclusive(`${message}; ${outcome.message}`, detail(silent));
      return fail(message, detail(silent));
    }
    if (outcome.kind === 'unstable') {
      return inconclusive(`${names}: ${outcome.first.silent?.coding} was silent at first and not when repeated`);
    }
    const lagging = offered.find(({ writes }) => writes === 0);
    if (plain.writes > 0 && !lagging) return pass(`${names}: each shows what keeps an idle plain stream alive`);
    if (ended) return inconclusive(`the server ended an idle ${ended.coding} stream`);
    const what = `an idle plain stream showed ${plain.writes} signs of life in ${Math.round(watchedMs / 1000)} s`;
    return inconclusive(lagging && plain.writes > 0 ? `${what}, and one with ${lagging.coding} none` : what);
  },
};

interface Watch {
  readonly plain: IdleLane;
  /** The streams that are compressed. */
  readonly offered: readonly IdleLane[];
  /** One of those that shows nothing, however often the plain one does. */
  readonly silent: IdleLane | undefined;
  /** One that the server ended. */
  readonly ended: IdleLane | undefined;
  readonly watchedMs: number;
}

/** Watches idle streams side by side until all have shown a sign of life, or one should have long ago. */
async function watch(context: RuleContext, patience: number): Promise<Watch> {
  const { bounds, clock, effort } = context;
  const plain = new IdleLane(context, 'identity');
  const lanes = [plain, ...contentCodings.map((coding) => new IdleLane(context, coding))];
  const startedAtMs = clock.now();
  const longestMs = Math.min(2 * bounds['idle-hard'], effort.watchMs);
  // Heartwrites that come fast are given time all the same.
  const leastMs = Math.min(patience * bounds['idle-soft'], 0.8 * longestMs);
  const stepMs = Math.min(100, bounds['idle-soft'] / 20);
  for (;;) {
    await context.sleep(stepMs);
    for (const lane of lanes) lane.look();
    const watchedMs = clock.now() - startedAtMs;
    const offered = lanes.filter(({ applied }) => applied);
    const silent = offered.find(({ writes }) => writes === 0);
    const answered = lanes.every(({ stream }) => stream.head ?? stream.end);
    const shown = answered && (offered.length === 0 || (plain.writes > 0 && !silent));
    const told = answered && silent !== undefined && plain.writes >= writesThatTell && watchedMs >= leastMs;
    const ended = [plain, ...offered].find(({ stream }) => stream.end);
    if (shown || told || ended || watchedMs > longestMs || context.signal.aborted) {
      for (const { stream } of lanes) stream.close();
      return { plain, offered, silent: told && !ended ? silent : undefined, ended, watchedMs };
    }
  }
}

/** Clocks of two streams may be an interval apart, and one sign may be late. */
const writesThatTell = 4;

/** An idle stream in one coding. */
class IdleLane {
  readonly coding: string;
  readonly stream: Exchange;
  readonly #context: RuleContext;
  #bytes = 0;
  #settled = false;
  /** Times that something came out, initial data left out. */
  writes = 0;

  constructor(context: RuleContext, coding: string) {
    this.#context = context;
    this.coding = coding;
    this.stream = context.send({ headers: { 'Accept-Encoding': coding }, server: context.ownChannel('quiet') });
  }

  get applied(): boolean {
    const coding = contentCodings.find((one) => one === this.coding);
    return coding !== undefined && this.stream.isEventStream && isCodedAs(this.stream, coding);
  }

  look(): void {
    const { blocks, bodyBytes, headAtMs } = this.stream;
    if (headAtMs === undefined) return;
    const { clock, bounds } = this.#context;
    const now = clock.now();
    // Initial data is over when no field came for a while, or it is no initial data.
    const fieldAtMs = blocks.at(-1)?.atMs ?? headAtMs;
    const settled = now - fieldAtMs > Math.min(1000, bounds['idle-soft'] / 4) || now - headAtMs > bounds['idle-soft'];
    if (this.#settled && bodyBytes > this.#bytes) this.writes += 1;
    this.#settled ||= settled;
    this.#bytes = bodyBytes;
  }
}
