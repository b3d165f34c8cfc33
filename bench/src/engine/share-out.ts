import type { ReceiverPlan, StreamPlan } from './receiver-plan.ts';

/** Streams that a process holds at most: the limit of open files is for each, and some are needed for other things. */
export const streamsPerProcess = 18_000;
/** The canary's streams. */
export const canaryStreams = 10;

/** Who holds which streams. */
export interface ShareOut {
  /** For each process, the plans of its threads. */
  readonly plans: readonly (readonly ReceiverPlan[])[];
  /** The canary: the last thread of the first process. */
  readonly canary: { readonly shard: number; readonly thread: number };
}

/**
 * Deals the streams out to the threads of as many processes as they need, so that each thread has its share of every part
 * of the ramp. Ten more streams, spread over the ramp, are the canary's: on a thread with so little to do that what it
 * sees is the server's doing.
 */
export function shareOut(
  plan: Omit<ReceiverPlan, 'streams'>,
  streams: readonly StreamPlan[],
  workers: number,
  processes: number = Math.ceil(streams.length / streamsPerProcess),
): ShareOut {
  const threads = Math.max(processes, workers);
  const plans = dealtOut(plan, streams, threads, processes);
  const first = plans[0] as ReceiverPlan[];
  const { churn: _, ...quiet } = plan;
  first.push({ ...quiet, seed: plan.seed + threads, streams: canaryPlans(streams) });
  return { plans, canary: { shard: 0, thread: first.length - 1 } };
}

/** How many of the threads are each process's, as {@link dealtOut} deals them. */
export function threadsOfEach(threads: number, processes: number): number[] {
  return Array.from({ length: processes }, (_, at) => Math.floor((threads - at - 1) / processes) + 1);
}

/** The streams as cards dealt out to threads, and those to processes: for each process, the plans of its threads. */
export function dealtOut(
  plan: Omit<ReceiverPlan, 'streams'>,
  streams: readonly StreamPlan[],
  threads: number,
  processes: number,
): ReceiverPlan[][] {
  const hands = Array.from({ length: threads }, (): StreamPlan[] => []);
  for (const [at, stream] of streams.entries()) hands[at % threads]?.push(stream);
  const plans = Array.from({ length: processes }, (): ReceiverPlan[] => []);
  for (const [at, own] of hands.entries()) plans[at % processes]?.push({ ...plan, seed: plan.seed + at, streams: own });
  return plans;
}

/** Streams that connect with the first of each tenth part of the others, and read as fast as they can. */
function canaryPlans(streams: readonly StreamPlan[]): StreamPlan[] {
  const count = Math.min(canaryStreams, streams.length);
  return Array.from({ length: count }, (_, at) => {
    const beside = streams[Math.floor((at * streams.length) / count)] as StreamPlan;
    return { number: streams.length + at, topic: beside.topic, connectAtUs: beside.connectAtUs };
  });
}
