import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { judgeVisits, leavingBudgetMs } from '../cleanup/leaving.ts';
import { Flood, pastSockets } from './flood.ts';

export const deadReaderReleased: Rule = {
  id: 'backpressure/dead-reader-released',
  code: 'SB-08',
  level: 'MUST',
  title: 'A stalled reader that dies is released',
  statement: 'A reader that had stopped reading, and then dies, is let go, though the server waits to write to it.',
  spec: [cwe(772)],
  access: ['publish', 'stats'],
  phase: 'publishing',
  disruptive: true,
  budgetMs: leavingBudgetMs,
  judge: (context) =>
    judgeVisits(context, [{ name: 'stalled reader that was reset', act: () => stallAndDie(context) }]),
};

async function stallAndDie(context: RuleContext): Promise<number> {
  // No more than what a count of one channel shows, so the run's own channel.
  const stream = await context.subscribe({ observed: false, keepBodyBytes: 1024, keepArrivals: 1 });
  stream.stall();
  await new Flood(context, 'dies', undefined).pour(pastSockets);
  stream.close('reset');
  return 1;
}
