import type { RuleContext } from '../../context.ts';
import { Undecided } from '../../undecided.ts';
import { patienceMs } from '../numbered-events.ts';
import { acceptedPayload, fillBytes, inMib, StalledScene } from './stalled-scene.ts';

/** Times of events that were published past stalled readers, and before these stopped. */
export interface PastStalledReaders {
  readonly stalledReaders: number;
  readonly publishedBytes: number;
  /** What 95 of 100 lone events take to those who read. Where one did not come at all, how long it was waited for. */
  readonly aloneP95Ms: number;
  readonly besideP95Ms: number;
  /** The slowest call to publish; where one was not answered, how long it was waited for. */
  readonly aloneSlowestCallMs: number;
  readonly slowestCallMs: number;
  readonly calls: number;
  /** Where it was broken off: an event was not answered, or did not reach those who read. */
  readonly unanswered: boolean;
  readonly missed: boolean;
}

/** Publishes past one stalled reader what fills every buffer. Rules share it as their first try. */
export function pastOneStalledReader(context: RuleContext): Promise<PastStalledReaders> {
  return context.shared('past one stalled reader', (lasting) => pastStalledReaders(lasting, 1, fillBytes(context), 1));
}

/**
 * Times lone events, lets readers stop, publishes a volume past them and times lone events again; ends as soon as one is
 * not answered or does not come.
 * @param patience how many times longer than usual each is waited for
 */
export async function pastStalledReaders(
  context: RuleContext,
  stalledReaders: number,
  volumeBytes: number,
  patience: number,
): Promise<PastStalledReaders> {
  const lone = context.effort.name === 'quick' ? 20 : 50;
  const longMs = patience * patienceMs(context);
  const payload = await acceptedPayload(context);
  const tag = `past-${stalledReaders}-${Math.round(context.clock.now())}`;
  const scene = await StalledScene.open(context, tag, stalledReaders, payload);
  const loneArrivals: number[] = [];
  const calls: number[] = [];
  const send = async (kind: 'large' | 'lone'): Promise<boolean> => {
    const { answeredMs, arrivedMs } = await scene.send(kind, patience);
    calls.push(answeredMs);
    if (kind === 'lone' || !Number.isFinite(arrivedMs)) loneArrivals.push(arrivedMs);
    return Number.isFinite(answeredMs) && Number.isFinite(arrivedMs);
  };
  const sendLone = async (): Promise<void> => {
    for (let n = 0; n < lone; n += 1) if (!(await send('lone'))) return;
  };
  try {
    await scene.settle();
    await sendLone();
    const alone = { arrivedMs: p95(loneArrivals.splice(0)), slowestMs: Math.max(...calls.splice(0)) };
    if (!Number.isFinite(alone.arrivedMs + alone.slowestMs)) {
      throw new Undecided('an event was not answered, or did not arrive, although no reader was stalled');
    }
    scene.stall();
    context.progress(`publishing ${inMib(volumeBytes)} past ${stalledReaders} stalled readers`);
    let goesOn = true;
    while (goesOn && scene.acceptedBytes < volumeBytes && !context.signal.aborted) goesOn = await send('large');
    if (goesOn) await sendLone();
    const besideMs = p95(loneArrivals);
    const slowestMs = Math.max(...calls);
    return {
      stalledReaders,
      publishedBytes: scene.acceptedBytes,
      aloneP95Ms: alone.arrivedMs,
      besideP95Ms: Math.min(besideMs, longMs),
      aloneSlowestCallMs: alone.slowestMs,
      slowestCallMs: Math.min(slowestMs, longMs),
      calls: calls.length,
      unanswered: !Number.isFinite(slowestMs),
      missed: loneArrivals.some((arrivedMs) => !Number.isFinite(arrivedMs)),
    };
  } finally {
    await scene.close();
  }
}

/** What 95 of 100 keep; infinite as soon as one never came. */
function p95(delaysMs: readonly number[]): number {
  const sorted = [...delaysMs].sort((a, b) => a - b);
  const worst = sorted.at(-1) ?? 0;
  return Number.isFinite(worst) ? (sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0) : worst;
}
