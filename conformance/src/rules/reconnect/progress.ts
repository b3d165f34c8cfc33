import type { RuleContext } from '../../context.ts';
import type { LateBy } from '../../harness-load.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass } from '../../verdict.ts';
import { patienceMs } from '../numbered-events.ts';
import { type Entry, idOf, Log } from './log.ts';
import { after, listed, requireResumption } from './resumption.ts';

/** Bytes of the events among the others that are larger than most buffers of a connection. */
const largeBytes = 64 * 1024;

export const resumesProgress: Rule = {
  id: 'reconnect/resumes-progress',
  code: 'SR-13',
  level: 'MUST',
  title: 'Repeated resumes make progress',
  statement: 'A replay that is cut short goes on where it stopped each time, until the newest event is reached.',
  spec: [html('the-last-event-id-header')],
  access: ['publish'],
  profiles: ['resumable'],
  phase: 'publishing',
  budgetMs: () => 120_000,
  judge: async (context) => {
    const log = await Log.open(context, 'progress');
    const large = 'x'.repeat(largeBytes);
    const takesLarge = (await context.publish({ data: large })).kind === 'accepted';
    await requireResumption(context, log);
    const newest = await log.newestEntry();
    const backlog = Math.min(log.reach, Math.max(200, Math.min(2000, 10 * context.effort.runs)));
    await log.appendMany(backlog - (log.length - newest.position), (index) =>
      takesLarge && index % 50 === 20 ? large : '',
    );
    // Not that one where others published meanwhile.
    const start = (await log.entry(backlog)) ?? newest;
    if (start.position === log.length) throw new Undecided('none but the newest event with an id is within reach');
    const outcome = await repeatBeforeAccusing(
      context,
      (patience) => catchUp(context, log, start, patience * patienceMs(context)),
      ({ late }) => late,
    );
    if (outcome.kind === 'kept') return outcome.result.judgement;
    if (!log.isWithinReach(start)) {
      throw new Undecided('so much was published by others that the backlog may have been let go');
    }
    if (outcome.kind === 'strained') return inconclusive(`${outcome.again.judgement.message}; ${outcome.message}`);
    const { judgement } = outcome.first;
    return outcome.kind === 'missed' ? judgement : inconclusive(`${judgement.message}; not so when tried again`);
  },
};

/** A backlog was asked for; `late` where that failed. */
interface CaughtUp {
  readonly judgement: Judgement;
  readonly late?: LateBy | 'wrong';
}

/**
 * Comes back with the last id again and again until the newest event is there.
 * @param standstillMs a stream on which nothing new comes for so long stands still
 */
async function catchUp(context: RuleContext, log: Log, start: Entry, standstillMs: number): Promise<CaughtUp> {
  const due = log.behind(start.position);
  const got = new Set<number>();
  let last = start.id;
  let rounds = 0;
  let idle = 0;
  while (got.size < due.length && rounds <= due.length) {
    rounds += 1;
    const stream = await context.subscribe(after(last));
    const newest = due.at(-1) ?? 0;
    await log.events.arrival(stream, newest, standstillMs);
    const { end } = stream;
    const arrivals = log.events.on(stream);
    const fresh = arrivals.filter(({ number }) => !got.has(number));
    for (const { number } of fresh) got.add(number);
    last = stream.blocks.map(idOf).findLast((id) => id !== undefined) ?? last;
    const evidence = stream.evidence({ observed: { backlog: due.length, got: got.size, rounds } });
    const detail = { evidence, reproduce: context.curl(after(last)) };
    stream.close();
    if (context.signal.aborted) throw new Undecided('not decided in time');
    if (got.has(newest) && got.size < due.length) {
      const missing = due.filter((number) => !got.has(number));
      const message = `of a backlog of ${due.length} events the newest came, and never ${listed(missing)}`;
      return { judgement: fail(message, detail), late: 'wrong' };
    }
    idle = fresh.length > 0 ? 0 : idle + 1;
    if (idle < 2) continue;
    const what = end ? 'ends' : `stands still for ${standstillMs} ms`;
    const message = `after ${got.size} of ${due.length} events a resumed stream ${what} twice without a new one`;
    return { judgement: fail(message, detail), late: lateBy(context, end !== undefined, standstillMs) };
  }
  if (got.size < due.length) throw new Undecided(`${rounds} reconnections did not reach the newest event`);
  const connections = rounds === 1 ? 'connection' : 'connections';
  return { judgement: pass(`a backlog of ${due.length} events came in ${rounds} ${connections}`) };
}

/** A stream whose declared time is over has ended whatever it had to say: a busy machine may have left it no turn. */
function lateBy(context: RuleContext, ended: boolean, standstillMs: number): LateBy | 'wrong' {
  if (!ended) return { boundMs: patienceMs(context), tookMs: standstillMs, heavy: true };
  const { lifetimeMs } = context.target;
  return lifetimeMs === undefined ? 'wrong' : { boundMs: lifetimeMs, tookMs: lifetimeMs, heavy: true };
}
