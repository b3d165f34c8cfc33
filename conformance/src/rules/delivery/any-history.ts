import { campaignBudgetMs, judgeHistories, longestHistory } from '../../model/campaign.ts';
import { EventLog } from '../../model/event-log.ts';
import { restarting, stalling, telling } from '../../model/examples.ts';
import { inOrderOnce } from '../../model/invariants/in-order-once.ts';
import { noGap } from '../../model/invariants/no-gap.ts';
import { nothingInvented } from '../../model/invariants/nothing-invented.ts';
import { reachesOpenStreams } from '../../model/invariants/reaches-open-streams.ts';
import { resumesAfterId } from '../../model/invariants/resumes-after-id.ts';
import { commandsOf } from '../../model/population.ts';
import { RestartableServer } from '../../model/restartable-server.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';

export const anyHistory: Rule = {
  id: 'delivery/any-history',
  code: 'SD-12',
  level: 'MUST',
  title: 'Delivery stays exact whatever happened before',
  statement:
    'After any history of joins, resumptions, leaves, stalls, bursts and restarts each stream carries the events from its start on, in order, once each and without a gap.',
  spec: [html('sse-processing-model')],
  access: ['publish'],
  phase: 'publishing',
  playsHistories: true,
  playsRestarts: true,
  playsPopulations: true,
  budgetMs: campaignBudgetMs,
  judge: async (context) => {
    if (context.carriage.heldBack) {
      throw new Undecided('the last event always waits for the next one: see delivery/lone-event-prompt');
    }
    const { onLoopback, profiles } = context.target;
    const { effort, population, replay } = context;
    // Other rules may use the run's own server at the same time; and a restart takes the time of many histories.
    const restarts = !replay && effort.name === 'thorough' && context.startsAlongside;
    const asked = replay?.some((command) => command.do === 'restart') ?? false;
    const own = restarts || asked ? await RestartableServer.start(context) : undefined;
    const examples = [...telling, ...(onLoopback ? stalling : []), ...(restarts ? restarting : [])];
    return judgeHistories({
      stage: {
        context,
        log: new EventLog(context.seed),
        publish: (event) => (own ?? context).publish(event),
        ...(own && { server: () => own.now, restart: () => own.restart() }),
        ...(own && restarts && { begin: () => own.begin() }),
        greets: false,
      },
      invariants: [nothingInvented, inOrderOnce, resumesAfterId, noGap, reachesOpenStreams],
      ingredients: {
        publishes: true,
        resumes: profiles.has('resumable'),
        stalls: onLoopback,
        restarts,
        window: context.bounds.window,
        longest: longestHistory(context),
      },
      examples: population ? [commandsOf(population, { stalls: onLoopback }), ...examples] : examples,
      showsCount: false,
    });
  },
};
