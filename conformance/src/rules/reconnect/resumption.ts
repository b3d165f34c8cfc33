import type { Exchange } from '../../access/exchange.ts';
import type { RuleContext, SendOptions } from '../../context.ts';
import type { Complaint } from '../../property.ts';
import { Undecided } from '../../undecided.ts';
import { patienceMs } from '../numbered-events.ts';
import type { Entry, Log } from './log.ts';

/** What asks for the events after an id. */
export function after(id: string): SendOptions {
  return { headers: { 'Last-Event-ID': id } };
}

/**
 * Reconnects and says what is wrong with what came, if anything: due is every event behind a position of the log, in
 * order, each once.
 * @param from says in words where the client stood
 * @throws Undecided where no event stream came, or nothing came on it
 */
export async function resume(
  context: RuleContext,
  log: Log,
  { position, from, ...options }: SendOptions & { readonly position: number; readonly from: string },
): Promise<Complaint | undefined> {
  const due = log.behind(position);
  const newest = log.length;
  const stream = await context.subscribe(options);
  const replayed = (): number[] => {
    const live = new Set(log.behind(newest));
    return log.events.on(stream).flatMap(({ number }) => (live.has(number) ? [] : [number]));
  };
  const complete = (): true | undefined => {
    const got = new Set(replayed());
    return due.every((number) => got.has(number)) ? true : undefined;
  };
  try {
    await stream.until(() => complete() ?? (stream.end ? true : undefined), 2 * context.bounds.event);
    // What comes live is behind all that is replayed: when it is there, nothing is under way any more.
    const liveCame = await somethingLive(context, log, stream);
    await stream.until(complete, context.bounds.event);
    const got = replayed();
    if (areSame(got, due)) return undefined;
    const surplus = got.some((number, index) => !due.includes(number) || got.indexOf(number) !== index);
    if (!liveCame && !surplus) {
      throw new Undecided(`after a reconnection no event came within ${patienceMs(context)} ms`);
    }
    const message = `after a reconnection with ${from} came ${listed(got)} in place of ${listed(due)}`;
    const observed = { eventsPublished: newest, due: due.slice(0, 100), got: got.slice(0, 100) };
    return { message, evidence: stream.evidence({ observed }) };
  } finally {
    stream.close();
  }
}

/**
 * Reconnects after an event; see `resume`. Nothing is wrong where the server may have let go of what came after it.
 * @param how asks in another manner than with its id in Last-Event-ID, and says so
 */
export async function resumeAfter(
  context: RuleContext,
  log: Log,
  entry: Entry,
  how?: SendOptions & { readonly from: string },
): Promise<Complaint | undefined> {
  const { id, position } = entry;
  const { length } = log;
  const from = `the id of event ${position} of ${length}`;
  const complaint = await resume(context, log, { ...(how ?? { ...after(id), from }), position });
  return log.isWithinReach(entry, length) ? complaint : undefined;
}

/**
 * For rules about more than resumption itself: reconnects once while nothing else goes on.
 * @throws Undecided where that does not give what was missed, which is for another rule to say, or nothing can be missed
 */
export async function requireResumption(context: RuleContext, log: Log): Promise<void> {
  if (log.reach === 0) {
    throw new Undecided('one event is promised to be kept, so that a client that has it cannot have missed any');
  }
  const entry = await log.newestEntry();
  for (let missed = Math.min(3, log.reach); missed > 0; missed -= 1) await log.append();
  const complaint = await resumeAfter(context, log, entry);
  if (complaint) throw new Undecided(`${complaint.message}: see reconnect/exact-resume`);
}

/** Publishes until one event comes: the first may be lost where a stream is registered only after its headers. */
export async function somethingLive(context: RuleContext, log: Log, stream: Exchange): Promise<boolean> {
  const live = new Set<number>();
  for (const share of [16, 8, 4, 2]) {
    if (stream.end) return false;
    live.add(await log.append());
    const came = (): true | undefined => log.events.on(stream).some(({ number }) => live.has(number)) || undefined;
    if (await stream.until(() => came() ?? (stream.end ? false : undefined), patienceMs(context) / share)) return true;
  }
  return false;
}

/** Whether two sequences are equal. */
export function areSame<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

/** Numbers for a message; the first few of many. */
export function listed(numbers: readonly number[]): string {
  if (numbers.length === 0) return 'nothing';
  return numbers.length <= 8 ? numbers.join(', ') : `${numbers.slice(0, 4).join(', ')} … (${numbers.length} events)`;
}
