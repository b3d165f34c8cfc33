import type { Exchange } from '../../access/exchange.ts';
import type { Place, RuleContext } from '../../context.ts';
import { TargetLost, Undecided } from '../../undecided.ts';
import { NumberedEvents, patienceMs } from '../numbered-events.ts';

/** A stream that the server ended before its time. */
export interface EarlyEnd {
  readonly stream: Exchange;
  readonly afterMs: number;
}

/** What became of streams that were opened one after the other, each when the one before had been ended early. */
export interface Lane {
  /** The last one: open where it lived as long as it was watched. */
  readonly stream: Exchange;
  /** How long the last one was watched, in ms. */
  readonly watchedMs: number;
  readonly earlyEnds: readonly EarlyEnd[];
}

/** Two ends speak for each other; more are looked for only where others may have brought them about. */
const endsThatTell = 2;
const mostStreams = 10;
/** In ms: so soon after a new stream, or another rule's event, the end of a stream may be its doing. */
const provocationMs = 250;

/** How long a stream must live to be healthy, in ms: `life`, or until it comes near its declared end. */
export function dueMs({ bounds, target }: Pick<RuleContext, 'bounds' | 'target'>): number {
  const { lifetimeMs } = target;
  if (lifetimeMs === undefined) return bounds.life;
  return Math.min(bounds.life, lifetimeMs - Math.max(lifetimeMs / 10, Math.min(500, lifetimeMs / 2)));
}

/** How long it is watched in this run, in ms. */
export function watchMs(context: Pick<RuleContext, 'bounds' | 'target' | 'effort'>): number {
  return Math.min(dueMs(context), context.effort.watchMs);
}

/** The same for a busy one: where that does not decide anyway, a short look has to do. */
export function busyMs(context: Pick<RuleContext, 'bounds' | 'target' | 'effort'>): number {
  return watchMs(context) < dueMs(context) ? Math.min(watchMs(context), 2000) : watchMs(context);
}

/** The longest time that a rule on lanes may take, in ms: idle, then busy, each again where it ended early. */
export function laneBudgetMs({ bounds }: Pick<RuleContext, 'bounds'>): number {
  return 6 * bounds.life + 900_000;
}

/**
 * Keeps a stream open for as long as a healthy one must live. One that is ended early is replaced, so that an end by
 * chance can be told from one that is bound to come.
 * @param place the channel that it is on, if not the run's own
 * @param onStream called with each stream as it is opened
 */
export async function watchLane(
  context: RuleContext,
  place: Place | undefined,
  longestMs: number,
  onStream: (stream: Exchange) => void = () => undefined,
): Promise<Lane> {
  const { clock, observations, restarts } = context;
  // Where all rules publish to it, poison of theirs comes on it too, and that is not for the passive rules.
  const reading = { server: place, observed: place !== undefined, keepBodyBytes: 1024, keepArrivals: 200 };
  const earlyEnds: EarlyEnd[] = [];
  let limitMs = longestMs;
  for (let opened = 1; ; opened += 1) {
    const stream = context.send(reading);
    onStream(stream);
    const ended = await stream.endWithin(limitMs);
    if (context.restarts !== restarts) throw new Undecided('the server was started again meanwhile');
    if (ended?.kind === 'closed-here' || context.signal.aborted) throw new Undecided('the run ended first');
    if (!stream.isEventStream) throw new Undecided(`a stream to be watched got ${answerOf(stream)}`);
    const watchedMs = (stream.endAtMs ?? clock.now()) - stream.startedAtMs;
    const ranOut = ended !== undefined && watchedMs >= dueMs(context) && stream.endedCleanly;
    if (ended === undefined || ranOut) return { stream, watchedMs, earlyEnds };
    // A server may end an old stream for the sake of a new one, or all for an event that it cannot write.
    const others = place === undefined ? observations.lastPublishedAtMs(context) : Number.NEGATIVE_INFINITY;
    const justAfter = (atMs: number): boolean => (stream.endAtMs ?? 0) - atMs < provocationMs;
    // Its own opening is no other's.
    const byOpening = observations.lastOpenedAtMs > stream.startedAtMs && justAfter(observations.lastOpenedAtMs);
    if (!byOpening && !justAfter(others)) earlyEnds.push({ stream, afterMs: watchedMs });
    if (earlyEnds.length >= endsThatTell) return { stream, watchedMs, earlyEnds };
    if (opened >= mostStreams) {
      throw new Undecided(
        `${opened} streams ended early, most of them as others were opened or something was published`,
      );
    }
    // A server that went away has ended no stream by a timer.
    (await context.ask(reading)).close();
    limitMs = Math.min(longestMs, 2 * watchedMs + 1000);
  }
}

function answerOf({ head }: Exchange): string {
  return head ? `status ${head.status}` : 'no header block';
}

/** Whether a stream still gets what is published. */
export type Hearing =
  | { readonly kind: 'heard' | 'closed' }
  /** Others got the events meanwhile. */
  | { readonly kind: 'deaf'; readonly missed: number }
  | { readonly kind: 'nobody heard' };

const marks = 3;

/**
 * Publishes an event and looks whether a stream gets it. Where it does not, others follow, each beside a new stream
 * that shows whether they come through at all: a server may drop an event, and no stream is deaf for that.
 */
export async function hears(
  context: RuleContext,
  events: NumberedEvents,
  stream: Exchange,
  place: Place | undefined,
): Promise<Hearing> {
  const first = await events.publish();
  if (await events.arrival(stream, first, patienceMs(context))) return { kind: 'heard' };
  if (stream.end) return { kind: 'closed' };
  let witnessed = 0;
  for (let mark = 0; mark < marks; mark += 1) {
    const witness = await context.subscribe({ server: place, observed: place !== undefined });
    const number = await events.publish();
    const on = (exchange: Exchange) => events.arrival(exchange, number, patienceMs(context));
    const [, seen] = await Promise.all([on(stream), on(witness)]);
    witness.close();
    // Late is heard as well.
    if (events.on(stream).some((arrived) => arrived.number >= first)) return { kind: 'heard' };
    if (stream.end) return { kind: 'closed' };
    if (seen) witnessed += 1;
  }
  return witnessed > 1 ? { kind: 'deaf', missed: marks + 1 } : { kind: 'nobody heard' };
}

/** The idle stream of the run's own channel, or of one of its own where the target has several. */
export function idleLane(context: RuleContext): Promise<Lane> {
  return context.shared('idle lane', (lasting) => watchLane(lasting, lasting.ownChannel('idle'), watchMs(lasting)));
}

/** A stream with an event every few seconds, and how it got them. */
export interface BusyLane {
  readonly lane: Lane;
  /** Events after which it was looked whether the stream got them, and how many it did. */
  readonly asked: number;
  readonly heard: number;
  /** The first time that it was deaf. */
  readonly deaf: { readonly stream: Exchange; readonly afterMs: number; readonly missed: number } | undefined;
}

/** Begins as soon as publishing does. @throws Undecided where plain events do not come through */
export function busyLane(context: RuleContext): Promise<BusyLane> {
  return context.shared('busy lane', async (lasting) => {
    const place = lasting.ownChannel('busy');
    const events = new NumberedEvents(lasting, 'busy', place);
    const tickMs = Math.min(5000, lasting.bounds.life / 10);
    let current: Exchange | undefined;
    let over = false;
    let asked = 0;
    let heard = 0;
    let deaf: BusyLane['deaf'];
    const beat = async (): Promise<void> => {
      while (!over && !deaf && !lasting.signal.aborted) {
        const stream = current;
        if (stream?.isEventStream && !stream.end) {
          const hearing = await hears(lasting, events, stream, place);
          if (hearing.kind !== 'closed') asked += 1;
          if (hearing.kind === 'heard') heard += 1;
          const afterMs = lasting.clock.now() - stream.startedAtMs;
          if (hearing.kind === 'deaf') deaf = { stream, afterMs, missed: hearing.missed };
        }
        await lasting.sleep(tickMs);
      }
    };
    const watching = watchLane(lasting, place, busyMs(lasting), (stream) => {
      current = stream;
    });
    // Whether a publish is refused or not answered is for other rules: what counts here is the stream.
    const beating = beat().catch((error: unknown) => {
      if (!(error instanceof Undecided || error instanceof TargetLost)) throw error;
    });
    try {
      const lane = await watching;
      over = true;
      await beating;
      return { lane, asked, heard, deaf };
    } finally {
      over = true;
    }
  });
}

/** Waits for something, and tells now and then how long of how long. */
export async function waitingFor<T>(
  context: RuleContext,
  what: string,
  longestMs: number,
  task: Promise<T>,
): Promise<T> {
  const sinceMs = context.clock.now();
  let over = false;
  const settled = task.finally(() => {
    over = true;
  });
  const report = async (): Promise<void> => {
    for (;;) {
      await context.sleep(15_000);
      if (over || context.signal.aborted) return;
      const waitedMs = context.clock.now() - sinceMs;
      context.progress(`${what}: ${Math.round(waitedMs / 1000)} s of ${Math.round(longestMs / 1000)} s`);
    }
  };
  void report();
  return settled;
}
