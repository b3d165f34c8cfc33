// A process of the engine: as many threads as it is given plans. The limit of open files is for each process.
import { Worker } from 'node:worker_threads';
import { everySecond, nowUs } from './clock-us.ts';
import { growth, hdrBytes } from './hdr-layout.ts';
import { throughNetworks } from './networks.ts';
import { leaveCtrlCToParent, ownModule } from './own-module.ts';
import type { ReceiverMessage, ReceiverThreadData } from './receiver-main.ts';
import {
  newReceiverMemory,
  ReceiverCounters,
  type ReceiverHistogram,
  type ReceiverMemory,
  type ReceiverRecord,
  type ReceiverSummary,
  receiverHistograms,
} from './receiver-memory.ts';
import type { ReceiverCommand, ReceiverPlan } from './receiver-plan.ts';

/** What a shard is told. */
export type ShardCommand = { readonly kind: 'start'; readonly plans: readonly ReceiverPlan[] } | ReceiverCommand;

/** What a shard tells of its threads; `second` counts from the begin of the trial. */
export type ShardMessage =
  | { readonly kind: 'ready' }
  /** A thread has taken a command. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'record'; readonly thread: number; readonly second: number; readonly record: ReceiverRecord }
  | { readonly kind: 'summary'; readonly thread: number; readonly summary: ReceiverSummary }
  | { readonly kind: 'broken'; readonly message: string };

interface Thread {
  readonly worker: Worker;
  readonly memory: ReceiverMemory;
  readonly before: Readonly<Record<ReceiverHistogram, Uint32Array>>;
}

const main = ownModule(import.meta.url, 'receiver-main');
const threads: Thread[] = [];
let timers: Disposable | undefined;

let started: Promise<void> = Promise.resolve();

process.on('message', (command: ShardCommand) => {
  if (command.kind === 'start') {
    started = throughNetworks(command.plans).then(start, (error: Error) => {
      tell({ kind: 'broken', message: error.stack ?? error.message });
    });
    return;
  }
  void started.then(() => {
    for (const { worker } of threads) worker.postMessage(command);
  });
});
// Whoever started this one is gone.
process.on('disconnect', () => process.exit());
leaveCtrlCToParent();
tell({ kind: 'ready' });

function start(plans: readonly ReceiverPlan[]): void {
  plans.forEach((plan, thread) => {
    const memory = newReceiverMemory();
    const worker = new Worker(main.url, { workerData: { plan, memory } satisfies ReceiverThreadData });
    worker.on('error', (error) => tell({ kind: 'broken', message: error.stack ?? error.message }));
    worker.on('message', (message: ReceiverMessage) => {
      if (message.kind === 'taken') return tell(message);
      timers?.[Symbol.dispose]();
      report(thread, Number.POSITIVE_INFINITY);
      tell({ kind: 'summary', thread, summary: message.summary });
    });
    threads.push({ worker, memory, before: noGrowth() });
  });
  const [first] = plans;
  const originUs = first ? first.originUs - (first.aheadUs ?? 0) : nowUs();
  // At whole seconds of the trial, so that what several shards tell is of the same second.
  timers = everySecond(originUs, (second) => {
    for (let thread = 0; thread < threads.length; thread += 1) report(thread, second);
  });
}

function report(thread: number, second: number): void {
  const { memory, before } = threads[thread] as Thread;
  const grown = receiverHistograms.map((name) => [
    name,
    growth(new Uint32Array(memory.histograms[name]), before[name]),
  ]);
  const record = { atUs: nowUs(), growth: Object.fromEntries(grown), counters: new ReceiverCounters(memory).all() };
  tell({ kind: 'record', thread, second, record });
}

function noGrowth(): Record<ReceiverHistogram, Uint32Array> {
  const none = receiverHistograms.map((name) => [name, new Uint32Array(hdrBytes / Uint32Array.BYTES_PER_ELEMENT)]);
  return Object.fromEntries(none);
}

function tell(message: ShardMessage): void {
  process.send?.(message);
}
