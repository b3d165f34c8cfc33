import { array, nat, record } from 'fast-check';
import type { RuleContext } from '../../context.ts';
import { type Complaint, foundDetail, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, pass } from '../../verdict.ts';
import { Log } from './log.ts';
import { after, resumeAfter } from './resumption.ts';

export const exactResume: Rule = {
  id: 'reconnect/exact-resume',
  code: 'SR-02',
  level: 'MUST',
  title: 'A reconnection gets exactly what it missed',
  statement: 'Reconnecting with the id of event k yields k+1, k+2 and so on in order: no gap, no repeat, not k itself.',
  spec: [html('the-last-event-id-header')],
  access: ['publish'],
  profiles: ['resumable'],
  phase: 'publishing',
  budgetMs: () => 120_000,
  judge: async (context) => {
    const log = await Log.open(context, 'resume');
    let resumed = 0;
    let lastAsked = '';
    const resumesExactly = async (steps: readonly Step[]): Promise<Complaint | undefined> => {
      log.begin();
      for (const step of steps) {
        for (let left = step.publish; left > 0; left -= 1) await log.append();
        const entry = await log.entry(step.back);
        if (!entry) return withoutId(context, log);
        lastAsked = entry.id;
        const { length } = log;
        const complaint = await resumeAfter(context, log, entry);
        if (complaint) return complaint;
        if (log.isWithinReach(entry, length)) resumed += 1;
      }
      return undefined;
    };
    const steps = array(record({ publish: nat(4), back: nat(6) }), { minLength: 1, maxLength: 3 });
    const far = Math.min(log.reach, context.effort.runs);
    const result = await search(context, steps, resumesExactly, [
      [{ publish: 1, back: 0 }],
      [{ publish: 3, back: 1 }],
      [{ publish: 5, back: 4 }],
      [{ publish: far + 1, back: far }],
      [
        { publish: 2, back: 1 },
        { publish: 2, back: 3 },
      ],
    ]);
    if (result.found) return fail(result.complaint.message, foundDetail(result, context.curl(after(lastAsked))));
    if (resumed === 0) throw new Undecided('no event with an id stayed within reach of the replay for a reconnection');
    return pass(`${resumed} reconnections, each with exactly the events after its id`);
  },
};

/** @throws Undecided where events may have ids all the same */
function withoutId({ carriage }: RuleContext, log: Log): Complaint {
  if (log.idsStandApart)
    throw new Undecided('ids come in blocks of their own, which do not tell of which event they are');
  if (carriage.id === undefined) throw new Undecided('whether an id of the publisher arrives is not known');
  return { message: `replay is promised, but none of ${log.length} events carried an id` };
}

/** Publishes some events, then reconnects with the id of the event that many before the newest. */
interface Step {
  readonly publish: number;
  readonly back: number;
}
