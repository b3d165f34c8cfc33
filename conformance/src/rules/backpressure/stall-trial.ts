import type { Exchange } from '../../access/exchange.ts';
import type { Place, RuleContext } from '../../context.ts';
import { excuses } from '../../harness-load.ts';
import { Undecided } from '../../undecided.ts';
import { steady, unheld } from '../cleanup/leaving.ts';
import { hadItsTime } from '../lifetime.ts';
import { patienceMs } from '../numbered-events.ts';
import { Flood, pastEveryBuffer } from './flood.ts';

/** What became of a reader that stopped reading and went on later. */
export type Fate =
  | { readonly kind: 'closed' }
  /** Events came again: those in between as well, or not. */
  | { readonly kind: 'flows'; readonly lost: number }
  /** Open, and none of the later events came, which others got. */
  | { readonly kind: 'limbo' }
  | { readonly kind: 'undecided'; readonly why: string };

/** One reader that stopped reading while events were published past every buffer. */
export interface StallTrial {
  readonly stream: Exchange;
  readonly flood: Flood;
  /** From when all was published. */
  readonly stalledForMs: number;
  /** After how much of that the server was seen to have let the reader go, though that was still silent. */
  readonly releasedAfterMs: number | undefined;
  readonly fate: Fate;
  /** Blocks that had come before it stopped. */
  readonly blocksBefore: number;
}

const shortStallMs = 200;
/** So much at a time is a backlog that comes, and no heartbeat. */
const backlogBytes = 16 * 1024;
/** How much longer than usual a backlog may take to come, over a slow line for one, in ms. */
const longestBacklogMs = 45_000;

/** A reader that stops only for a moment. Rules share it. */
export function shortStall(context: RuleContext): Promise<StallTrial> {
  return context.shared('short stall', (lasting) => stall(lasting, 'stall-short', shortStallMs));
}

/** Whether this run has the time for {@link longStall}. */
export function hasTimeToStall({ bounds, effort }: RuleContext): boolean {
  return bounds.stall <= effort.watchMs;
}

/**
 * A reader that stops for as long as its fate may stay open, and longer where it can be seen whether the server lets
 * it go. Rules share it.
 */
export function longStall(context: RuleContext): Promise<StallTrial> {
  return context.shared('long stall', async (lasting) => {
    // One after the other: floods of two on one channel would be each other's.
    await shortStall(lasting).catch(() => undefined);
    return stall(lasting, 'stall-long', longestStallMs(lasting));
  });
}

/** How long a silent reader is watched, in ms: one that the server may keep on purpose a little longer than its fate takes. */
export function longestStallMs({ bounds, target }: RuleContext): number {
  if (target.stats === undefined) return bounds.stall;
  // Longer than it may take, to tell late from never.
  return keepsStalledReaders(target) ? 1.5 * bounds.stall : Math.max(bounds.stall, 1.25 * bounds.silent);
}

/** By its declared policy the server goes on without the stalled reader, and does not let it go. */
export function keepsStalledReaders({ slowPolicy }: RuleContext['target']): boolean {
  return slowPolicy === 'drop' || slowPolicy === 'buffer';
}

async function stall(context: RuleContext, tag: string, forMs: number): Promise<StallTrial> {
  const { clock } = context;
  if (context.carriage.heldBack) throw new Undecided('the last event always waits for the next one');
  const place = context.ownChannel(tag);
  const before = forMs > shortStallMs ? await countBefore(context, place) : undefined;
  const flood = new Flood(context, tag, place);
  const stream = await context.subscribe({ server: place, observed: false, keepBodyBytes: 1024 });
  if (!(await comesThrough(context, flood, stream))) throw new Undecided('no plain event came through');
  const blocksBefore = stream.blocks.length;
  stream.stall();
  await flood.pour(pastEveryBuffer);
  // From here on it takes nothing more. A server that lets everybody wait for it is spared the rest.
  const silentAtMs = clock.now();
  const untilMs = silentAtMs + (flood.blocked ? 0 : forMs);
  const released = before === undefined ? () => false : releaseSeen(context, before);
  let releasedAfterMs: number | undefined;
  while (clock.now() < untilMs && releasedAfterMs === undefined && !context.signal.aborted) {
    await context.sleep(Math.min(100, untilMs - clock.now()));
    if (await released()) releasedAfterMs = clock.now() - silentAtMs;
  }
  stream.resume();
  const stalledForMs = clock.now() - silentAtMs;
  const fate = await fateOf(context, { stream, flood, place, silentAtMs });
  stream.close();
  return { stream, flood, stalledForMs, releasedAfterMs, fate, blocksBefore };
}

/** The count that is short of one as soon as the server has let the silent reader go; undefined where it does not tell. */
async function countBefore(context: RuleContext, place: Place | undefined): Promise<number | undefined> {
  const { stats, statsByChannel } = context.target;
  if (stats === undefined || (place && statsByChannel)) return undefined;
  try {
    return await steady(context);
  } catch (error) {
    if (error instanceof Undecided) return undefined;
    throw error;
  }
}

/** Seen twice: of other streams that end just now the server knows a moment before we do. */
function releaseSeen(context: RuleContext, before: number): () => Promise<boolean> {
  let seen = 0;
  return async () => {
    seen = (await unheld(context)) < before ? seen + 1 : 0;
    return seen > 1;
  };
}

/** Initial data and late registration go by. */
async function comesThrough(context: RuleContext, flood: Flood, stream: Exchange): Promise<boolean> {
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const number = await flood.mark();
    if (number !== undefined && (await arrives(flood, stream, number, patienceMs(context) / 4))) return true;
    if (stream.end) return false;
  }
  return false;
}

async function arrives(flood: Flood, stream: Exchange, number: number, timeoutMs: number): Promise<boolean> {
  const look = (): boolean | undefined => (flood.hasMark(stream, number) ? true : stream.end ? false : undefined);
  return (await stream.until(look, timeoutMs)) ?? false;
}

/** Publishes small events until one comes, the stream ends, or it is too late for both. */
async function fateOf(
  context: RuleContext,
  {
    stream,
    flood,
    place,
    silentAtMs,
  }: { stream: Exchange; flood: Flood; place: Place | undefined; silentAtMs: number },
): Promise<Fate> {
  const { bounds, clock, effort } = context;
  const untilMs = silentAtMs + Math.min(bounds.stall, effort.watchMs);
  const backlog = new Backlog(context, stream);
  const latestMs = Math.max(untilMs, clock.now()) + longestBacklogMs;
  let bytes = 0;
  let mark: number | undefined;
  while ((clock.now() < untilMs || !backlog.stands()) && clock.now() < latestMs && !context.signal.aborted) {
    // As long as the backlog comes, another mark only makes it longer.
    if (mark === undefined || stream.bodyBytes - bytes < backlogBytes) mark = (await flood.mark()) ?? mark;
    bytes = stream.bodyBytes;
    if (mark !== undefined && (await arrives(flood, stream, mark, 250)))
      return { kind: 'flows', lost: lostOn(stream, flood) };
    if (stream.end) return closed(context, stream);
    if (mark === undefined) await context.sleep(50);
  }
  if (context.signal.aborted) throw new Undecided('the run ended first');
  if (flood.on(stream).some(({ number }) => number === mark)) return { kind: 'flows', lost: lostOn(stream, flood) };
  const witness = await context.subscribe({ server: place, observed: false });
  const heard = await comesThrough(context, flood, witness);
  witness.close();
  if (!heard) return { kind: 'undecided', why: 'what was published then came on no stream' };
  if (stream.end) return closed(context, stream);
  if (bounds.stall > effort.watchMs) {
    return { kind: 'undecided', why: `${Math.round(bounds.stall / 1000)} s of watching decide` };
  }
  return backlog.stands()
    ? { kind: 'limbo' }
    : { kind: 'undecided', why: 'what it missed may still have been on its way' };
}

/** Tells whether what waited for a reader still comes. */
class Backlog {
  readonly #context: RuleContext;
  readonly #stream: Exchange;
  #bytes: number;
  /** When it was last seen to move. */
  #movedAtMs: number;

  constructor(context: RuleContext, stream: Exchange) {
    this.#context = context;
    this.#stream = stream;
    this.#bytes = stream.bodyBytes;
    this.#movedAtMs = context.load.mark();
  }

  /** Whether it has not moved for so long that the machine is not the reason. */
  stands(): boolean {
    const { load, clock } = this.#context;
    const { bodyBytes } = this.#stream;
    if (bodyBytes - this.#bytes >= backlogBytes) {
      this.#bytes = bodyBytes;
      this.#movedAtMs = load.mark();
    }
    const boundMs = 2 * patienceMs(this.#context);
    const tookMs = clock.now() - this.#movedAtMs;
    return tookMs >= boundMs && !excuses(load.since(this.#movedAtMs), { boundMs, tookMs, heavy: true });
  }
}

function closed(context: RuleContext, stream: Exchange): Fate {
  if (hadItsTime(context, stream)) return { kind: 'undecided', why: 'its declared time was over' };
  return { kind: 'closed' };
}

function lostOn(stream: Exchange, flood: Flood): number {
  const got = new Set(flood.on(stream).map(({ number }) => number));
  const last = Math.max(...got);
  return [...flood.published].filter((number) => number < last && !got.has(number)).length;
}
