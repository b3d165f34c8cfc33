import type { Clock } from '@ssert/protocol';
import type { SloTree, StopReason, Trial } from '../results/bench-result.ts';
import { evaluateSlo } from '../slo/evaluate-slo.ts';
import { type JudgedTrial, Levels } from './levels.ts';
import type { SearchProgress, TrialRequest } from './trial-request.ts';

/** Ends of a search behind which what was found until then stands. */
export const cutShort: readonly StopReason[] = ['time', 'trials', 'disturbed'];

/** Of one load, the invalid trials in a row that end a search: two of the generator's own, or so many that others disturbed. */
const mostDisturbed = 5;

/** Thrown where no further trial may be run. */
export class SearchStopped extends Error {
  override readonly name = 'SearchStopped';
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(reason);
    this.reason = reason;
  }
}

export interface RunnerOptions {
  readonly slo: SloTree;
  /** Runs one trial. @param rep how many trials of this load came before */
  trial(x: number, rep: number, request: TrialRequest): Promise<Trial>;
  readonly clock: Pick<Clock, 'now'>;
  /** No trial begins after this much time. Default: no limit. */
  readonly budgetMs?: number;
  /** Default 40. */
  readonly maxTrials?: number;
  /** Ends the search; the trial under way then judges no load. */
  readonly signal?: AbortSignal;
  onProgress?(progress: SearchProgress): void;
}

/** Runs trials within the budget and keeps what they found. */
export class TrialRunner {
  readonly levels: Levels = new Levels();
  /** Every trial, invalid ones too, as they came. */
  readonly trials: Trial[] = [];
  readonly #options: RunnerOptions;
  readonly #beganMs: number;
  readonly #reps = new Map<number, number>();

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#beganMs = options.clock.now();
  }

  /**
   * One valid trial: an invalid one says nothing of the server, and is run again; where others on this machine made it
   * so, it says nothing of the generator either, and is run again with more patience.
   * @throws SearchStopped where the budget is used up, where too many trials in a row were invalid, or when it is interrupted
   */
  async run(x: number, request: TrialRequest): Promise<JudgedTrial> {
    let own = 0;
    for (let tries = 1; ; tries += 1) {
      const judged = await this.#once(x, request);
      const { validity, disturbed } = judged.trial;
      if (validity !== 'invalid') return judged;
      if (!disturbed) own += 1;
      if (own === 2) throw new SearchStopped('invalid');
      if (tries === mostDisturbed) throw new SearchStopped('disturbed');
    }
  }

  async #once(x: number, request: TrialRequest): Promise<JudgedTrial> {
    const { slo, clock, budgetMs = Number.POSITIVE_INFINITY, maxTrials = 40, signal, onProgress } = this.#options;
    if (signal?.aborted) throw new SearchStopped('interrupted');
    if (this.trials.length >= maxTrials) throw new SearchStopped('trials');
    if (clock.now() - this.#beganMs >= budgetMs) throw new SearchStopped('time');
    const rep = this.#reps.get(x) ?? 0;
    this.#reps.set(x, rep + 1);
    const trial = await this.#options.trial(x, rep, request).catch((error: unknown) => {
      // A server that was being started, for one.
      throw signal?.aborted ? new SearchStopped('interrupted') : error;
    });
    if (signal?.aborted) {
      this.trials.push(trial);
      throw new SearchStopped('interrupted');
    }
    const judged = { trial, purpose: request.purpose, outcome: evaluateSlo(slo, trial) };
    this.trials.push(trial);
    if (trial.validity !== 'invalid' && request.purpose !== 'recover') this.levels.add(judged);
    onProgress?.({ ...judged, trials: this.trials.length });
    return judged;
  }
}
