import { type BenchAccess, topicNames } from './access.ts';
import type { Capacity, SloTree, Trial } from './results/bench-result.ts';
import { runTrial, type TrialOptions } from './run-trial.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { type EffortName, efforts, roughly } from './search/effort.ts';
import type { TrialRequest } from './search/trial-request.ts';
import { judgedByMoreThreads, wantsMoreThreads } from './self-check/more-threads.ts';
import { MemoryBaseline } from './server-use/memory-baseline.ts';
import type { Load } from './settings.ts';
import { latencyLimitUs } from './slo/latency-limit.ts';
import { publishesNeeded } from './slo/publishes-needed.ts';
import type { Tell } from './trial/progress.ts';

/**
 * Measures at one load: what a capacity search asks for, again and again.
 * @param x streams, or publishes/s on a topic
 * @param rep how many trials of this load came before
 * @param instead what differs in this trial
 */
export type RunTrial = (
  x: number,
  rep: number,
  request?: TrialRequest,
  instead?: Pick<TrialOptions, 'beside'> & { readonly load?: Load },
) => Promise<Trial>;

/** What all trials of a run have in common. */
export interface TrialsOptions {
  readonly access: BenchAccess;
  readonly scenario: Scenario;
  readonly load: Load;
  readonly slo: SloTree | undefined;
  /** What x is; without it, streams. */
  readonly axis?: Capacity['axis'] | undefined;
  readonly effort?: EffortName | undefined;
  readonly workers: number;
  readonly ceilingPerS: number | undefined;
  /** Called once the server runs that a trial measures. */
  follow(): Promise<void>;
  readonly signal: AbortSignal;
  readonly tell: Tell;
}

/** Trials of one scenario at several loads: the seam to a capacity search. */
export function trialsOf(options: TrialsOptions): RunTrial {
  const {
    access,
    scenario,
    load,
    slo,
    axis = 'streams',
    effort = 'full',
    workers,
    ceilingPerS,
    signal,
    tell,
  } = options;
  const { pid } = access;
  const memory = new MemoryBaseline();
  return async (x, rep, request, { load: own = load, beside } = {}) => {
    if (request?.restart && access.control) {
      await access.control.kill();
      await access.control.start();
    }
    // Its workers may have come later than itself.
    await options.follow();
    const wanted = request?.long === false ? roughly(own, efforts[effort]) : own;
    const measure = (threads: number): Promise<Trial> =>
      runTrial({
        scenario,
        load: { ...wanted, [axis]: x, seed: wanted.seed + rep },
        x,
        rep,
        request: access.request,
        topics: topicNames(load.topics),
        publish: access.publish,
        serverPid: () => pid?.(),
        memory,
        control: access.control,
        openStreams: access.openStreams,
        workers: threads,
        ceilingPerS,
        latencyLimitUs: latencyLimitUs(slo),
        publishesNeeded: publishesNeeded(slo),
        beside,
        signal,
        tell,
      });
    const trial = await measure(workers);
    // Who asks beside the streams is counted once.
    if (!wantsMoreThreads(trial) || signal.aborted || beside) return trial;
    tell({ kind: 'note', message: 'again with twice the threads, to tell whose delay it is' });
    const again = await measure(2 * workers);
    return signal.aborted ? trial : judgedByMoreThreads(trial, again);
  };
}
