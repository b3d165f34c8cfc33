// One thread of the engine: holds streams and writes what it counts into memory that it shares with who started it.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { nowUs } from './clock-us.ts';
import { PlayedReceiver } from './played/played-receiver.ts';
import { Receiver, type StreamReceiver, tickUs } from './receiver.ts';
import { ReceiverCounters, type ReceiverMemory, type ReceiverSummary } from './receiver-memory.ts';
import type { ReceiverCommand, ReceiverPlan } from './receiver-plan.ts';

/** What a thread answers. */
export type ReceiverMessage =
  /** A command is taken. */
  { readonly kind: 'taken' } | { readonly kind: 'summary'; readonly summary: ReceiverSummary };

/** What it is started with. */
export interface ReceiverThreadData {
  readonly plan: ReceiverPlan;
  readonly memory: ReceiverMemory;
}

/** Times a second that the thread tells how busy it is. */
const lookMs = 250;

const { plan, memory } = workerData as ReceiverThreadData;
const Kind = plan.streams.some(({ client }) => client !== undefined) ? PlayedReceiver : Receiver;
const receiver: StreamReceiver = new Kind(plan, memory, () => nowUs() + (plan.aheadUs ?? 0));
const counters = new ReceiverCounters(memory);
const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();

// Behind what has come to sockets: where this thread was held up, a client must not leave before it has read that.
const tick = (): void => void setImmediate(() => receiver.tick());
let ticking: NodeJS.Timeout | undefined;
const look = setInterval(() => {
  watch();
  // A tick for each millisecond only while somebody waits for one.
  if (receiver.waits && !ticking) ticking = setInterval(tick, tickUs / 1000);
  else if (!receiver.waits && ticking) {
    clearInterval(ticking);
    ticking = undefined;
  }
}, lookMs);
ticking = setInterval(tick, tickUs / 1000);

let utilisation = performance.eventLoopUtilization();
let looks = 0;
function watch(): void {
  looks += 1;
  if (looks % (1000 / lookMs) !== 0) return;
  const now = performance.eventLoopUtilization();
  counters.set('loopUtilisation', performance.eventLoopUtilization(now, utilisation).utilization);
  utilisation = now;
  // Above what the timer waits on purpose.
  counters.set('loopDelayP99Us', Math.max(0, delay.percentile(99) / 1000 - 5000));
  delay.reset();
  // Of this thread alone: on a CPU, and ready but without one.
  const [cpuNs = 0, waitNs = 0] = readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ').map(Number);
  counters.set('cpuNs', cpuNs);
  counters.set('waitNs', waitNs);
}

parentPort?.on('message', (command: ReceiverCommand) => {
  if (command.kind !== 'finish') {
    receiver.take(command);
    parentPort?.postMessage({ kind: 'taken' } satisfies ReceiverMessage);
    return;
  }
  clearInterval(look);
  clearInterval(ticking);
  delay.disable();
  parentPort?.postMessage({ kind: 'summary', summary: receiver.finish(command.uncounted) } satisfies ReceiverMessage);
  parentPort?.close();
});
