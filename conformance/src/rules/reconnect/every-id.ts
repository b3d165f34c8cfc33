import type { Arrival, Exchange } from '../../access/exchange.ts';
import type { RuleContext } from '../../context.ts';
import type { Rule } from '../../rule.ts';
import { html } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, type Judgement, pass } from '../../verdict.ts';
import { answerOf, headOf, isBusy } from '../http/answers.ts';
import { patienceMs } from '../numbered-events.ts';
import { idOf, Log } from './log.ts';
import { after, requireResumption, resume, somethingLive } from './resumption.ts';

export const everyIdResumes: Rule = {
  id: 'reconnect/every-id-resumes',
  code: 'SR-10',
  level: 'MUST',
  title: 'Any id on the wire is a point to resume after',
  statement:
    'Every id on a stream, those of opening, heartbeat and control blocks too, resumes right after the events before it.',
  spec: [html('event-stream-interpretation'), html('the-last-event-id-header')],
  access: ['publish'],
  profiles: ['resumable'],
  phase: 'publishing',
  budgetMs: () => 150_000,
  judge: async (context) => {
    const log = await Log.open(context, 'every');
    await requireResumption(context, log);
    const points: Point[] = [];
    // How a stream begins may be different where it resumes.
    for (const options of [{}, after((await log.pastEntry()).id)]) {
      const stream = await context.subscribe(options);
      if (!(await somethingLive(context, log, stream))) throw new Undecided('no event came on a stream');
      await heartbeatWithId(context, stream);
      let newest = await log.append();
      if (log.reach > 2) newest = await log.append();
      await log.events.arrival(stream, newest, patienceMs(context));
      points.push(...pointsOn(stream, log));
      stream.close();
    }
    const asked = distinct(points, log);
    if (asked.length === 0) throw new Undecided('no block within reach of the replay carried an id');
    for (const point of asked) {
      const complaint = await complaintAbout(context, log, point);
      if (complaint) return complaint;
    }
    const others = asked.filter(({ what }) => what !== 'an event').length;
    const ofOwn = others > 0 ? `, ${others} of them on blocks of the server's own` : '';
    return pass(`${asked.length} ids that came on two streams${ofOwn}: each resumes right after its place`);
  },
};

/** A block with an id, and how many events of the log a client had when it came. */
interface Point {
  readonly id: string;
  readonly position: number;
  /** Events that came behind it, of the server's own and of other publishers too. */
  readonly followedBy: number;
  /** The length of the log when that was counted. */
  readonly logLength: number;
  readonly what: string;
}

/** Where the server's heartbeat was seen to carry an id, waits for one. */
async function heartbeatWithId(context: RuleContext, stream: Exchange): Promise<void> {
  const { idUnaskedWithinMs } = context.observations;
  if (idUnaskedWithinMs === undefined) return;
  const patienceMs = Math.min(2 * idUnaskedWithinMs, context.effort.watchMs / 3, 60_000);
  const length = stream.blocks.length;
  await stream.until(() => (stream.blocks.slice(length).some((block) => idOf(block)) ? true : undefined), patienceMs);
}

function pointsOn(stream: Exchange, log: Log): Point[] {
  const ours = new Map<Arrival, number>(log.events.on(stream).map(({ number, arrival }) => [arrival, number]));
  const firstOurs = [...ours.values()][0];
  const order = log.behind(0);
  // Before the first of ours a client stands right before it.
  let position = firstOurs === undefined ? log.length : order.indexOf(firstOurs);
  return stream.blocks.flatMap((block): Point[] => {
    const number = [...ours].find(([{ offset }]) => offset === block.offset)?.[1];
    if (number !== undefined) position = order.indexOf(number) + 1;
    const id = idOf(block);
    if (id === undefined) return [];
    const followedBy = stream.arrivals.filter(({ offset }) => offset > block.offset).length;
    const what = number === undefined ? nameOf(block) : 'an event';
    return [{ id, position, followedBy, logLength: log.length, what }];
  });
}

function nameOf({ dispatched, type }: Arrival): string {
  return dispatched ? `the server's own event "${type}"` : 'a block without data';
}

/** Those within reach, each once, the server's own first; all of them only with full effort. */
function distinct(points: readonly Point[], log: Log): Point[] {
  const byKey = new Map(points.map((point) => [`${point.position} ${point.id}`, point]));
  return [...byKey.values()]
    .filter((point) => isWithinReach(point, log))
    .sort((a, b) => Number(a.what === 'an event') - Number(b.what === 'an event'))
    .slice(0, 12);
}

function isWithinReach({ followedBy, logLength }: Point, log: Log): boolean {
  return followedBy + log.length - logLength <= log.reach;
}

async function complaintAbout(context: RuleContext, log: Log, point: Point): Promise<Judgement | undefined> {
  const { id, position, what } = point;
  // What each try publishes moves the point further back.
  if (!isWithinReach(point, log)) return undefined;
  const once = async (): Promise<Judgement | undefined> => {
    const answer = await context.ask(after(id));
    answer.close();
    const reproduce = context.curl(after(id));
    const which = `the id ${JSON.stringify(id)} of ${what}`;
    if (isBusy(headOf(answer))) throw new Undecided(`a reconnection got ${answerOf(answer)}`);
    if (!answer.isEventStream) {
      return fail(`${which} is answered with ${answerOf(answer)}`, { evidence: answer.evidence(), reproduce });
    }
    const complaint = await resume(context, log, { ...after(id), position, from: which });
    return (
      complaint && fail(complaint.message, { ...(complaint.evidence && { evidence: complaint.evidence }), reproduce })
    );
  };
  const first = await once();
  if (!first) return undefined;
  if (!isWithinReach(point, log)) return inconclusive(`${first.message}; it is out of reach for another try`);
  return (await once()) ?? inconclusive(`${first.message}; not so when tried again`);
}
