import { nudge, type RuleContext } from '../../context.ts';
import { type Campaign, campaignBudgetMs, judgeHistories, longestHistory } from '../../model/campaign.ts';
import type { Command } from '../../model/command.ts';
import { Counting, writesThatTell } from '../../model/counting.ts';
import { EventLog } from '../../model/event-log.ts';
import { overflowing, stalling, telling } from '../../model/examples.ts';
import type { Breach } from '../../model/history.ts';
import { countExact } from '../../model/invariants/count-exact.ts';
import { countNotNegative } from '../../model/invariants/count-not-negative.ts';
import { reachesOpenStreams } from '../../model/invariants/reaches-open-streams.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { inconclusive, type Judgement } from '../../verdict.ts';
import { unheld, whenNoticed } from './leaving.ts';

export const countExactAfterChurn: Rule = {
  id: 'cleanup/count-exact-after-churn',
  code: 'SC-04',
  level: 'MUST',
  title: 'The count is exact after a churn',
  statement:
    'After any history of joins, leaves of every kind and publishes the count of open streams is exact, and a fresh client gets the next event.',
  spec: [cwe(772)],
  access: ['stats'],
  // Publishes where the target can, so not in the quiet part.
  phase: 'publishing',
  playsHistories: true,
  budgetMs: (context) =>
    campaignBudgetMs(context) +
    Math.min(context.bounds['idle-hard'] * 1.1, context.effort.watchMs) +
    6 * context.bounds.gone,
  judge: async (context) => {
    // A moment will do: what it gets wrong is put right before anybody is accused.
    const start = await steadyCount(context, 60);
    const counting = new Counting(context, start);
    await countCounts(context, start);
    // An event that waits for the next one shows nothing of who is reached.
    const publishes = context.publishes && !context.carriage.heldBack;
    const campaign: Campaign = {
      stage: {
        context,
        log: new EventLog(context.seed),
        publish: publishes ? (event) => context.publish(event) : undefined,
        counting,
        greets: false,
      },
      invariants: [countNotNegative, countExact, reachesOpenStreams],
      ingredients: {
        publishes,
        resumes: context.target.profiles.has('resumable'),
        stalls: context.target.onLoopback,
        restarts: false,
        window: context.bounds.window,
        longest: longestHistory(context),
      },
      examples: examplesFor(context),
      afterBreach: async () => {
        counting.beginAt(await steadyCount(context, Math.min(300, context.bounds.gone / 4)));
      },
      excuse: (breach) => letGoLater(context, breach, start),
      showsCount: true,
    };
    return judgeHistories(campaign);
  },
};

function examplesFor({ target, effort }: RuleContext): readonly (readonly Command[])[] {
  if (!target.onLoopback) return telling;
  // Buffers take megabytes to fill.
  return effort.name === 'quick' ? [...telling, ...stalling] : [...telling, ...stalling, ...overflowing];
}

/**
 * Streams counted that are not ours, once their number stands still: others may just have left, and some servers notice
 * that only when they write.
 */
async function steadyCount(context: RuleContext, stillMs: number): Promise<number> {
  const { bounds, clock } = context;
  for (let left = context.publishes ? writesThatTell : 0; left > 0; left -= 1) {
    await context.publish({ data: nudge });
    await context.sleep(5);
  }
  const deadlineMs = clock.now() + bounds.gone + 2 * stillMs;
  let last = await unheld(context);
  for (let sinceMs = clock.now(); clock.now() - sinceMs < stillMs; ) {
    if (clock.now() > deadlineMs) throw new Undecided('the count of streams moves although nobody comes or goes here');
    await context.sleep(20);
    const now = await unheld(context);
    if (now !== last) sinceMs = clock.now();
    last = now;
  }
  return last;
}

/** @throws Undecided where a stream of ours is not counted */
async function countCounts(context: RuleContext, others: number): Promise<void> {
  const stream = await context.subscribe();
  const isRight = (count: number): boolean => count - context.observations.underWay === others;
  const counted = await context.openStreamsUntil(isRight, context.bounds.open + context.bounds.gone);
  const right = isRight(counted);
  stream.close();
  if (!right) throw new Undecided(`with one more stream open the count is ${counted}`);
}

/**
 * A server that lets go of streams only at its heartbeats keeps this rule, and cleanup/listener-removed warns of it.
 * @param start streams counted that were not ours when the rule began
 */
async function letGoLater(context: RuleContext, breach: Breach, start: number): Promise<Judgement | undefined> {
  if (breach.invariant !== 'count-too-high') return undefined;
  const witness = await context.subscribe();
  const outcome = await whenNoticed(context, witness, start, 3 * context.bounds.gone);
  witness.close();
  if (outcome.cameMeanwhile > 0) {
    return inconclusive(
      `${breach.message}; but the count rose by ${outcome.cameMeanwhile} or more while nobody came from here`,
    );
  }
  if (outcome.kind === 'never') return undefined;
  const seconds = (outcome.watchedMs / 1000).toFixed(1);
  const then = outcome.kind === 'late' ? 'and was right' : 'and whether a write sets it right cannot be tried';
  return inconclusive(`${breach.message}, ${then} ${seconds} s later: see cleanup/listener-removed`);
}
