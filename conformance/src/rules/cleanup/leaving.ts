import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import { excuses, strainInWords } from '../../harness-load.ts';
import { writesThatTell } from '../../model/counting.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass, warn } from '../../verdict.ts';

/** A way to come and go that must leave nothing behind. */
export interface Visit {
  /** As it stands in a sentence after a number: "HEAD requests". */
  readonly name: string;
  /** Comes and goes; `before` is `unheld` at its start. Gives the number of connections that it took. */
  readonly act: (before: number) => Promise<number>;
  /** What a remainder tells about the visit, if anything. */
  readonly explain?: (left: number) => string;
}

/** Streams that the server counts and that the harness does not hold: left behind, or another client's. */
export async function unheld(context: RuleContext): Promise<number> {
  return (await context.openStreams()) - context.observations.underWay;
}

/**
 * Judges that each visit leaves the server's count as it was. A server that learns of it only when it writes next is
 * warned; one that never does fails. A remainder counts only when the same visit leaves one again.
 */
export async function judgeVisits(context: RuleContext, visits: readonly Visit[]): Promise<Judgement> {
  const { witness, start } = await openWitness(context);
  const done: Round[] = [];
  const once: string[] = [];
  const suspects: Round[] = [];
  for (const visit of visits) {
    const outcome = await repeatBeforeAccusing(
      context,
      (patience) => makeRound(context, visit, patience),
      ({ left, afterMs }) => (left === 0 ? undefined : { boundMs: context.bounds.gone, tookMs: afterMs, heavy: true }),
    );
    switch (outcome.kind) {
      case 'kept':
        done.push(outcome.result);
        break;
      case 'unstable':
        done.push(outcome.first);
        once.push(`${stillCounted(context, outcome.first)}, and none when repeated`);
        break;
      case 'missed': {
        const { first, again } = outcome;
        done.push(first);
        // Others may have left meanwhile, and stay counted too: the smaller remainder is this visit's own.
        suspects.push(again.left < first.left ? again : first);
        break;
      }
      case 'strained':
        once.push(`${stillCounted(context, outcome.again)}; ${outcome.message}`);
        break;
    }
  }
  const inAll = done.map(({ visit, visitors }) => `${visitors} ${visit.name}`).join(', ');
  if (suspects.length > 0) return judgeSuspects(context, witness, start, suspects);
  const [missed] = once;
  if (missed !== undefined) return inconclusive(missed);
  const slowestMs = Math.round(Math.max(...done.map(({ afterMs }) => afterMs)));
  const of = context.countsSockets ? 'no socket' : 'nothing';
  const more = context.countsSockets ? ' (whether listeners are gone, too, shows with --stats)' : '';
  return pass(`${inAll}: ${of} is left ${slowestMs} ms later at most${more}`, {
    evidence: { observed: { slowestMs, leftBefore: start } },
  });
}

interface Round {
  readonly visit: Visit;
  readonly visitors: number;
  /** Streams still counted at the `gone` bound. */
  readonly left: number;
  /** Until none was left, or until it was given up. */
  readonly afterMs: number;
  /** From before the visit. */
  readonly tookMs: number;
}

function stillCounted({ bounds }: RuleContext, { visitors, visit, left }: Round): string {
  return `${visitors} ${visit.name}: ${left} streams still counted after ${bounds.gone} ms`;
}

async function makeRound(context: RuleContext, visit: Visit, patience: number): Promise<Round> {
  const { gone } = context.bounds;
  const sinceMs = context.clock.now();
  const before = await unheld(context);
  const visitors = await visit.act(before);
  const goneAtMs = context.clock.now();
  let leftAtBound = 0;
  for (;;) {
    const left = Math.max(0, (await unheld(context)) - before);
    const afterMs = context.clock.now() - goneAtMs;
    if (afterMs >= gone && leftAtBound === 0) leftAtBound = left;
    if (left === 0 || afterMs >= gone * patience || context.signal.aborted) {
      return { visit, visitors, left: leftAtBound, afterMs, tookMs: context.clock.now() - sinceMs };
    }
    await context.sleep(20);
  }
}

async function judgeSuspects(
  context: RuleContext,
  witness: Exchange,
  start: number,
  suspects: readonly Round[],
): Promise<Judgement> {
  const sinceMs = context.load.mark();
  // Who comes and stays while we visit, twice running, comes while we do not visit as well.
  const twiceMs = 2 * Math.max(...suspects.map(({ tookMs }) => tookMs));
  const outcome = await whenNoticed(context, witness, start, Math.min(twiceMs, 10 * context.bounds.gone));
  const left = suspects
    .map(
      ({ visit, visitors, left: some }) =>
        `${visitors} ${visit.name}: ${some} streams left behind${visit.explain?.(some) ?? ''}`,
    )
    .join('; ');
  const observed = {
    countedBefore: start,
    countedAtTheEnd: outcome.unheld,
    goneBoundMs: context.bounds.gone,
    watchedMs: Math.round(outcome.watchedMs),
    writesMeanwhile: outcome.writes,
  };
  const detail = { evidence: witness.evidence({ observed }) };
  const waited = `${(outcome.watchedMs / 1000).toFixed(1)} s and ${outcome.writes} writes later`;
  if (outcome.cameMeanwhile > 0) {
    return inconclusive(
      `${left}; but the count rose by ${outcome.cameMeanwhile} or more while nobody came from here, so others come and stay`,
      detail,
    );
  }
  switch (outcome.kind) {
    case 'late': {
      const late = `${left}; they were let go only ${waited}`;
      if (outcome.writes > 0) return warn(`${late}, when something was written`, detail);
      // Without a write it is slow to notice, as anything is on a busy machine.
      const strain = context.load.since(sinceMs);
      const slow = { boundMs: outcome.watchedMs, tookMs: outcome.watchedMs, heavy: true };
      if (excuses(strain, slow)) return inconclusive(`${late}; ${strainInWords(strain)}`, detail);
      return warn(late, detail);
    }
    case 'never':
      return fail(`${left}; they are still counted ${waited}`, detail);
    case 'unknown':
      return inconclusive(
        `${left}, still counted ${waited}; whether a write would show the loss cannot be tried without --publish`,
        detail,
      );
  }
}

interface Noticed {
  readonly kind: 'late' | 'never' | 'unknown';
  readonly unheld: number;
  readonly watchedMs: number;
  readonly writes: number;
  /** By how much the count rose of itself, and stayed up: streams of clients that are not ours. */
  readonly cameMeanwhile: number;
}

/**
 * Waits until what was left is let go: through some heartbeats, then through published events where that can be.
 * @param quietMs how long to look at least, so that clients which are not ours show, in ms
 */
export async function whenNoticed(
  context: RuleContext,
  witness: Exchange,
  start: number,
  quietMs: number,
): Promise<Noticed> {
  const { bounds, clock, effort } = context;
  const sinceMs = clock.now();
  // By then whatever watches idle streams in silence is done, so that something may be published.
  const longestMs = Math.max(Math.min(bounds['idle-hard'] * 1.1, effort.watchMs), quietMs);
  const leastMs = Math.max(Math.min(bounds['idle-hard'], 2 * bounds['idle-soft'], longestMs), quietMs);
  let writes = 0;
  let bytes = witness.bodyBytes;
  let publishing = false;
  const newcomers = new Newcomers(bounds.gone / 4);
  const { over } = context.observations;
  let cameMeanwhile = 0;
  const look = async (): Promise<Noticed & { gone: boolean }> => {
    if (witness.bodyBytes > bytes) writes += 1;
    bytes = witness.bodyBytes;
    const now = await unheld(context);
    // Other rules' streams that end meanwhile may stay counted as well: they are nobody else's.
    const foreign = now - (context.observations.over - over);
    // What publishes has a connection of its own, which counts where sockets do.
    if (!publishing) cameMeanwhile = newcomers.look(foreign, clock.now());
    return { kind: 'late', gone: now <= start, unheld: now, watchedMs: clock.now() - sinceMs, writes, cameMeanwhile };
  };
  let seen = await look();
  let nextReportMs = 10_000;
  while (!seen.gone && seen.watchedMs < longestMs && !context.signal.aborted) {
    if (writes >= writesThatTell && seen.watchedMs >= leastMs) return { ...seen, kind: 'never' };
    if (seen.watchedMs > nextReportMs) {
      context.progress(`waited ${Math.round(seen.watchedMs / 1000)} s for streams to be let go`);
      nextReportMs += 10_000;
    }
    await context.sleep(Math.min(250, bounds.gone / 8));
    seen = await look();
  }
  const published = context.target.publish === undefined ? 0 : writesThatTell;
  publishing = true;
  for (let turn = 0; turn < published && !seen.gone; turn += 1) {
    await context.publish({ data: 'ssert-nudge' });
    const untilMs = clock.now() + bounds.gone;
    do {
      await context.sleep(50);
      seen = await look();
    } while (!seen.gone && clock.now() < untilMs && !context.signal.aborted);
  }
  if (seen.gone) return seen;
  return { ...seen, kind: writes >= writesThatTell || published > 0 ? 'never' : 'unknown' };
}

/** Tells from looks at a count how far it rose above its lowest, and stayed there: a stream that ends just now does not. */
export class Newcomers {
  readonly #staysMs: number;
  #lowest = Number.POSITIVE_INFINITY;
  #above: { readonly sinceMs: number; readonly least: number } | undefined;
  #came = 0;

  /** @param staysMs how long it has to stay up, in ms */
  constructor(staysMs: number) {
    this.#staysMs = staysMs;
  }

  /** Takes note of the count, and gives by how much it rose so far. */
  look(count: number, atMs: number): number {
    if (count <= this.#lowest) {
      this.#lowest = count;
      this.#above = undefined;
      return this.#came;
    }
    const { sinceMs, least } = this.#above ?? { sinceMs: atMs, least: count };
    this.#above = { sinceMs, least: Math.min(least, count) };
    if (atMs - sinceMs >= this.#staysMs) this.#came = Math.max(this.#came, this.#above.least - this.#lowest);
    return this.#came;
  }
}

/**
 * A stream of our own that shows what the server writes; it also shows that the count counts.
 * @throws Undecided where it does not
 */
async function openWitness(context: RuleContext): Promise<{ witness: Exchange; start: number }> {
  const start = await steady(context);
  const witness = context.send();
  await countsAgain(context, start, [witness]);
  return { witness, start };
}

/** Waits until the server counts all of ours. @throws Undecided where it does not */
export async function countsAgain(context: RuleContext, before: number, ours: readonly Exchange[]): Promise<void> {
  const deadline = context.clock.now() + 2 * context.bounds.open + context.bounds.gone;
  for (;;) {
    const now = await unheld(context);
    if (now >= before) return;
    const refused = ours.find(({ head, isEventStream }) => head && !isEventStream);
    if (refused?.head) throw new Undecided(`a subscription got status ${refused.head.status}`);
    if (context.clock.now() > deadline || context.signal.aborted) {
      throw new Undecided(`with ${ours.length} more streams open the count is ${before - now} short of them`);
    }
    await context.sleep(20);
  }
}

/** The count when it has stopped moving: others may just have left. */
export async function steady(context: RuleContext): Promise<number> {
  const { bounds, clock } = context;
  const deadline = clock.now() + bounds.gone;
  let last = await unheld(context);
  let sinceMs = clock.now();
  while (clock.now() < deadline && clock.now() - sinceMs < Math.min(300, bounds.gone / 4)) {
    await context.sleep(20);
    const now = await unheld(context);
    if (now !== last) sinceMs = clock.now();
    last = now;
  }
  return last;
}

/** How long a rule of this kind may take, in ms. */
export function leavingBudgetMs({ bounds, effort }: Pick<RuleContext, 'bounds' | 'effort'>): number {
  return 60_000 + Math.min(bounds['idle-hard'] * 1.1, effort.watchMs) + 20 * bounds.gone + 10 * bounds.open;
}
