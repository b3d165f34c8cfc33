import type { LateBy } from '../harness-load.ts';
import { repeatBeforeAccusing } from '../repeat.ts';
import { Undecided } from '../undecided.ts';
import { inconclusive, type Judgement, pass } from '../verdict.ts';
import { type ClientRule, faultOf } from './client-rule.ts';
import type { ClientContext } from './context.ts';
import { okInOneGo } from './script.ts';

/** What is sent in ever larger amounts; each doubling should take twice as long. */
export interface Growth {
  /** The unit of what grows, for sentences. */
  readonly unit: string;
  readonly smallest: number;
  readonly largest: number;
  /** CPU time that one unit may take, in µs, for clients in a process of their own. Default any. */
  readonly mostUs?: number;
  /** A body of so many units, in its chunks; the event that it ends with has the data `end`. */
  readonly body: (units: number) => Iterable<Uint8Array>;
}

/** The kernel counts CPU time in steps of this, in ms. */
const stepMs = 10;
/** Shorter times tell more of the machine than of the client, in ms. */
const tellingMs = 200;
/** How long one body may take, in ms. */
const longestMs = 20_000;
/** Four times as much may take so many times as long; what grows with the square takes sixteen. */
const bound = 8;
/** What needs no second look: four times, and a little. */
const usual = 5;

interface Pair {
  readonly units: number;
  /** Both without what any stream takes. */
  readonly quarterMs: number;
  readonly wholeMs: number;
}

/**
 * Holds the client's time for a body against its own time for a quarter of it, at doubling sizes until one takes long enough
 * to tell.
 */
export function judgeGrowth(context: ClientContext, growth: Growth, level: ClientRule['level']): Promise<Judgement> {
  return alone(context, (one) => judgeSizes(one, growth, level));
}

/** A client that takes too long is still at it afterwards: where it can be, it is one that nobody else waits for. */
function alone<T>(context: ClientContext, use: (context: ClientContext) => Promise<T>): Promise<T> {
  return isCpuTime(context) ? context.apart(use) : use(context);
}

async function judgeSizes(context: ClientContext, growth: Growth, level: ClientRule['level']): Promise<Judgement> {
  const { unit, smallest, largest, mostUs = Number.POSITIVE_INFINITY } = growth;
  const enoughMs = tellingMs * (context.effort.name === 'quick' ? 1 : 8);
  const times = new Map<number, number>();
  const baseMs = await baseOf(context, growth);
  for (let units = smallest; units <= largest; units *= 2) {
    const wholeMs = await timeOf(context, growth, units);
    if (wholeMs === undefined) break;
    times.set(units, wholeMs);
    if (units < 16 * smallest) continue;
    const pair = { units, quarterMs: (times.get(units / 4) ?? wholeMs) - baseMs, wholeMs: wholeMs - baseMs };
    const lateOf = (of: Pair): LateBy | 'wrong' | undefined => tooLong(context, of);
    if (lateOf(pair) !== undefined) {
      const repeated = await repeatBeforeAccusing(
        context,
        () => alone(context, (one) => pairOf(one, growth, units)),
        lateOf,
      );
      if (repeated.kind === 'missed') {
        const { quarterMs, wholeMs: took } = repeated.again;
        return faultOf(level)(
          `${inThousands(units)} ${unit} took ${inWords(took)}, and a quarter of them ${inWords(quarterMs)}`,
        );
      }
      if (repeated.kind === 'strained') return inconclusive(repeated.message);
    }
    // Where the ratio is suspicious the next sizes tell more.
    if (wholeMs >= longestMs / 4 || (wholeMs >= enoughMs && wholeMs - baseMs <= usual * pair.quarterMs)) break;
  }
  const [units, tookMs] = [...times].at(-1) ?? [];
  if (units === undefined || tookMs === undefined)
    return inconclusive(`the client gave ${inThousands(smallest)} ${unit} up`);
  const took = `${inThousands(units)} ${unit} took ${inWords(tookMs)}`;
  const eachUs = (1000 * tookMs) / units;
  if (isCpuTime(context) && tookMs > tellingMs && eachUs > mostUs) {
    return faultOf(level)(`${took} of CPU time, ${Math.round(eachUs)} µs each, and ${mostUs} µs would be plenty`);
  }
  return pass(took);
}

/** Whether times are CPU time of the client's process, which a busy machine adds nothing to. */
function isCpuTime({ capabilities }: ClientContext): boolean {
  return capabilities.has('process');
}

function tooLong(context: ClientContext, { quarterMs, wholeMs }: Pair): LateBy | 'wrong' | undefined {
  const boundMs = Math.max(tellingMs, bound * (Math.max(0, quarterMs) + stepMs));
  if (wholeMs <= boundMs) return undefined;
  return isCpuTime(context) ? 'wrong' : { boundMs, tookMs: wholeMs, heavy: true };
}

/** The longer of two times for a quarter, and the whole: a time that was short by luck accuses nobody. */
async function pairOf(context: ClientContext, growth: Growth, units: number): Promise<Pair> {
  const baseMs = await baseOf(context, growth);
  const times: number[] = [];
  // The whole first: by then a client that is compiled as it runs is compiled.
  for (const size of [units, units / 4, units / 4]) times.push((await timeOf(context, growth, size)) ?? 0);
  const [wholeMs = 0, first = 0, second = 0] = times;
  return { units, quarterMs: Math.max(first, second) - baseMs, wholeMs: wholeMs - baseMs };
}

/** What any stream takes, beside its units; the first of a process takes more. */
async function baseOf(context: ClientContext, growth: Growth): Promise<number> {
  const times = [await timeOf(context, growth, growth.smallest), await timeOf(context, growth, growth.smallest)];
  return Math.min(...times.map((time = 0) => time));
}

/**
 * What it takes from the request to the last event, in ms, or has taken when it was not awaited any longer; undefined where
 * the client gave such a stream up.
 * @throws Undecided, SubjectDied
 */
async function timeOf(context: ClientContext, { body }: Growth, units: number): Promise<number | undefined> {
  const cpuMs = isCpuTime(context) ? context.process.cpuMs : undefined;
  const beganMs = await cpuMs?.();
  const play = context.open({ scripts: [okInOneGo(body(units))] });
  try {
    const isThere = (): boolean => {
      const last = play.reports.at(-1);
      return last?.kind === 'event' && last.data.endsWith('end');
    };
    await play.until(() => isThere() || play.asked.length > 1, longestMs);
    const [request] = play.asked;
    if (!request) throw new Undecided('the client did not ask for the stream');
    if (!isThere() && play.errors.length > 0) return undefined;
    if (cpuMs && beganMs !== undefined) return (await cpuMs()) - beganMs;
    return isThere() ? (play.reports.at(-1)?.atMs ?? 0) - request.atMs : longestMs;
  } finally {
    play.end();
  }
}

function inThousands(units: number): string {
  return `${Math.round(units / 1000)} thousand`;
}

function inWords(ms: number): string {
  return ms < longestMs ? `${Math.round(ms)} ms` : `over ${longestMs / 1000} s`;
}
