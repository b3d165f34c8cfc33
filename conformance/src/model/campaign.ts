import type { RuleContext } from '../context.ts';
import { search } from '../property.ts';
import { Undecided } from '../undecided.ts';
import { type Counterexample, fail, inconclusive, type Judgement, pass } from '../verdict.ts';
import { type Command, inWords } from './command.ts';
import { Histories, type Ingredients } from './histories.ts';
import { type Breach, firstBreach, type History, type Invariant } from './history.ts';
import { play, type Stage } from './play.ts';
import { scriptOf } from './script.ts';
import { Wiretap } from './wiretap.ts';

/** What a rule asks of histories. */
export interface Campaign {
  readonly stage: Stage;
  readonly invariants: readonly Invariant[];
  readonly ingredients: Ingredients;
  /** Histories that are played before any by chance. */
  readonly examples: readonly (readonly Command[])[];
  /** Called after a history that went wrong: what it left behind must not be blamed on the next. */
  readonly afterBreach?: () => Promise<void>;
  /** The last word before an accusation: why the breach is none after all. */
  readonly excuse?: (breach: Breach) => Promise<Judgement | undefined>;
  /** Shows the count of streams in the script. */
  readonly showsCount: boolean;
}

/** How long histories are looked for and shrunk, in ms, and how often the shortest one is repeated. */
const efforts = {
  quick: { searchMs: 300, shrinkMs: 5000, repeats: 3, longest: 16 },
  default: { searchMs: 10_000, shrinkMs: 15_000, repeats: 5, longest: 30 },
  thorough: { searchMs: 60_000, shrinkMs: 60_000, repeats: 10, longest: 60 },
} as const;

/** What a server of the slow kind takes to start, in ms. */
const startMs = 6000;

/** A history that takes no longer, in ms, is tried so often while it is shrunk: a race shows only now and then. */
const cheapMs = 100;
const triesOfCheap = 3;

/** So many of the shortest histories are repeated until one goes wrong again. */
const longerTried = 4;

/** How long a rule of this kind may take, in ms. */
export function campaignBudgetMs({
  bounds,
  effort,
  population,
  replay,
}: Pick<RuleContext, 'bounds' | 'effort' | 'population' | 'replay'>): number {
  const { searchMs, shrinkMs, repeats } = efforts[effort.name];
  // What each client does takes some milliseconds, and where that goes wrong it is done a few times.
  const played = (population ?? []).reduce((sum, { losses }) => sum + 2 + losses.length, 0) * 500;
  // A server may take its whole bound to end, each time that it is restarted.
  const restarts = (replay ?? []).filter((command) => command.do === 'restart').length;
  const restarting = repeats * restarts * bounds.stop;
  const once = Math.max(bounds.gone, 2000) + (effort.name === 'thorough' ? bounds.stop + startMs : 0);
  return 90_000 + played + restarting + searchMs + shrinkMs + 4 * (repeats + 3) * once;
}

/** The commands of the longest history that is looked for. */
export function longestHistory({ effort }: Pick<RuleContext, 'effort'>): number {
  return efforts[effort.name].longest;
}

/**
 * Plays histories until one breaks an invariant, shrinks it, and repeats the shortest before it accuses: what a race
 * brought about may not come again. Where the run replays a history, plays just that.
 */
export async function judgeHistories(campaign: Campaign): Promise<Judgement> {
  const { context } = campaign.stage;
  const { replay } = context;
  if (replay) return judgeReplay(campaign, replay);
  const { searchMs, shrinkMs, repeats } = efforts[context.effort.name];
  let deadlineMs = context.clock.now() + searchMs;
  const tally = { histories: 0, commands: 0, streams: 0 };
  let restarts = 0;
  let first: Breach | undefined;
  /** Histories that went wrong, each smaller than the one before. */
  const wrong: (readonly Command[])[] = [];
  let unstable: Breach | undefined;

  const holds = async (commands: readonly Command[]): Promise<{ message: string } | undefined> => {
    const isLate = context.clock.now() > deadlineMs;
    if (first) {
      if (isLate) return undefined;
      const smaller = await breaksAgain(campaign, commands, first);
      if (smaller) wrong.push(commands);
      return smaller;
    }
    if (isLate && tally.histories >= campaign.examples.length) return undefined;
    const history = await play(campaign.stage, commands, { pace: 'careful' });
    add(tally, history);
    restarts += history.epochs.length;
    const breach = firstBreach(history, campaign.invariants);
    if (!breach) return undefined;
    await campaign.afterBreach?.();
    const again = await repeat(campaign, commands, breach, 3, 'until it fails');
    if (again.failed.times === 0) {
      unstable ??= breach;
      return undefined;
    }
    first = breach;
    wrong.push(commands);
    deadlineMs = context.clock.now() + shrinkMs;
    return breach;
  };
  const histories = new Histories(campaign.ingredients);
  // What it interrupts would go on beside what comes next, so its own limit is out of reach.
  const limitMs = campaignBudgetMs(context);
  const found = await search(context, histories, holds, campaign.examples, Number.POSITIVE_INFINITY, limitMs);
  const clients = context.population ? `a population of ${context.population.length} clients among ` : '';
  const seen = `${clients}${tally.histories} histories of ${tally.commands} commands and ${tally.streams} streams${restarts > 0 ? `, with ${restarts} ${restarts === 1 ? 'restart' : 'restarts'}` : ''}`;
  const figures = { evidence: { observed: { ...tally } } };
  if (!found.found || !first) {
    if (unstable) return inconclusive(`${unstable.message}, and not when the same was repeated`, figures);
    return pass(`${seen}: all of them as it must be`, figures);
  }
  // The shortest may be a race that comes seldom; then a longer one shows it better.
  for (const commands of wrong.toReversed().slice(0, longerTried)) {
    const repeated = await repeat(campaign, commands, first, repeats, 'each time');
    if (repeated.last) return accuse(campaign, repeated, found.counterexample);
  }
  return inconclusive(`${first.message}, but not when the shortest such history was repeated`, figures);
}

/** Whether a smaller history breaks the same invariant; where it breaks another it is another counterexample. */
async function breaksAgain(
  campaign: Campaign,
  commands: readonly Command[],
  same: Breach,
): Promise<Breach | undefined> {
  const { clock } = campaign.stage.context;
  for (let tries = 1; ; tries += 1) {
    const sinceMs = clock.now();
    const breach = firstBreach(await play(campaign.stage, commands, { pace: 'brisk' }), campaign.invariants);
    const tookMs = clock.now() - sinceMs;
    if (breach) await campaign.afterBreach?.();
    if (breach?.invariant === same.invariant) return breach;
    if (breach || tries === triesOfCheap || tookMs > cheapMs) return undefined;
  }
}

async function judgeReplay(campaign: Campaign, commands: readonly Command[]): Promise<Judgement> {
  const { context } = campaign.stage;
  const { repeats } = efforts[context.effort.name];
  const repeated = await repeat(campaign, commands, undefined, repeats, 'until it fails');
  if (repeated.last) return accuse(campaign, repeated, { path: '', seed: context.seed, shrinks: 0 });
  return pass(`the ${commands.length} commands were done ${repeats} times, and all was as it must be`);
}

interface Repeats {
  readonly failed: { readonly times: number; readonly of: number };
  /** The last time that it failed. */
  readonly last?: { readonly breach: Breach; readonly commands: readonly Command[]; readonly tap: Wiretap };
}

/** Plays one history again and again. Only the same breach counts, where one is given. */
async function repeat(
  campaign: Campaign,
  commands: readonly Command[],
  same: Breach | undefined,
  most: number,
  how: 'each time' | 'until it fails',
): Promise<Repeats> {
  const { context } = campaign.stage;
  let times = 0;
  let last: Repeats['last'];
  for (let turn = 1; turn <= most; turn += 1) {
    const tap = new Wiretap(context.clock);
    const history = await play(campaign.stage, commands, { pace: times === 0 ? 'careful' : 'brisk', wiretap: tap });
    const breach = firstBreach(history, campaign.invariants);
    if (breach) await campaign.afterBreach?.();
    if (!breach || (same && breach.invariant !== same.invariant)) continue;
    times += 1;
    last = { breach, commands: history.commands, tap };
    if (how === 'until it fails') return { failed: { times, of: turn }, last };
  }
  return { failed: { times, of: most }, ...(last ? { last } : {}) };
}

async function accuse(
  { stage, showsCount, excuse }: Campaign,
  { failed, last }: Repeats,
  { path, seed, shrinks }: Pick<Counterexample, 'path' | 'seed' | 'shrinks'>,
): Promise<Judgement> {
  const { context } = stage;
  if (!last || context.signal.aborted) throw new Undecided('there was no time to repeat the history');
  const { breach, commands, tap } = last;
  const excused = await excuse?.(breach);
  if (excused) return excused;
  const message = failed.of === 1 ? breach.message : `${breach.message} (${failed.times} of ${failed.of} times)`;
  const script = scriptOf(context, commands, { showsCount });
  const value = commands.length === 0 ? 'a client that comes and goes' : commands.map(inWords).join('; ');
  const observed = { failedTimes: failed.times, playedTimes: failed.of, commands: commands.length };
  const shown = tap.connections[breach.stream ?? 0]?.exchange;
  return fail(message, {
    evidence: shown ? shown.evidence({ observed }) : { observed },
    counterexample: { value, path, seed, shrinks, commands },
    reproduce: script.join('\n'),
    played: { path, message, commands, failed, script, connections: tap.connections },
  });
}

function add(tally: { histories: number; commands: number; streams: number }, history: History): void {
  tally.histories += 1;
  tally.commands += history.commands.length;
  tally.streams += history.streams.length;
}
