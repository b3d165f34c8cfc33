import { seededRandom } from '@ssert/protocol';
import type { ReceiverCounter, ReceiverSummary } from '../engine/receiver-memory.ts';
import type { ChurnPlan, ReconnectPlan, StreamPlan } from '../engine/receiver-plan.ts';
import { exponential, type Schedule, steadySchedule } from '../publisher/schedule.ts';
import type { ScenarioName, Trial, Window } from '../results/bench-result.ts';
import type { GivenLoad, Load } from '../settings.ts';

/** What a scenario may do to the server while it is measured. */
export interface ServerControl {
  /** Ends the server at once. */
  kill(): Promise<void>;
  /** Starts it again at the same address. */
  start(): Promise<void>;
}

/** What a scenario can do while it is measured. */
export interface Conduct {
  /**
   * Resolves at a moment of the measured phase, in ms from its begin; at once where the trial is interrupted.
   * @returns whether that moment came
   */
  at(ms: number): Promise<boolean>;
  readonly server: ServerControl | undefined;
  nowUs(): number;
}

/** What was measured, as a scenario looks at it. */
export interface Measured {
  readonly load: Load;
  readonly summaries: readonly ReceiverSummary[];
  readonly windows: readonly Window[];
  /** Connects that were tried by the end of each window. */
  readonly attempted: readonly number[];
  readonly schedule: Schedule;
  /** Rows of the schedule that the server refused, as far as that is known. */
  readonly refused: ReadonlySet<number>;
  readonly counters: Readonly<Record<ReceiverCounter, number>>;
  /** When publishing began and when it ended, us of `nowUs`. */
  readonly beginUs: number;
  readonly untilUs: number;
  /** What `conduct` noted. */
  readonly notes: Readonly<Record<string, number>>;
}

export type Findings = Readonly<Record<string, number | string | boolean>>;

/** One way to load a server: as data, but for what it does to the server. */
export interface Scenario {
  readonly name: ScenarioName;
  /** One sentence. */
  readonly meaning: string;
  /** Whether anything is published. */
  readonly publishes: boolean;
  /** It is published at times of its own, whatever the load's rate. */
  readonly ownTimes?: true;
  /** False where there is no steady state to wait for. */
  readonly settles?: false;
  /** Only with a server that can be killed and started. */
  readonly needsControl?: true;
  readonly defaults?: GivenLoad;
  /** How often it is measured, with a rest behind each time. */
  readonly cycles?: number;
  /** A load that is measured first: to hold the others against it, or for the server to warm up. */
  readonly first?: (load: Load) => Load;
  readonly streams: (load: Load) => StreamPlan[];
  readonly schedule: (load: Load) => Schedule;
  /** How long has to be measured at least for everything to happen. */
  readonly leastMs?: (load: Load) => number;
  /** In the end nothing has come for so long: what is under way has arrived. Default 1 s. */
  readonly quietMs?: (load: Load) => number;
  readonly churn?: (load: Load) => ChurnPlan;
  readonly reconnect?: (load: Load) => ReconnectPlan;
  /** What happens while it is measured. @returns notes for `findings` */
  readonly conduct?: (load: Load, conduct: Conduct) => Promise<Readonly<Record<string, number>>>;
  readonly findings?: (measured: Measured) => Findings;
  /** What a trial shows beside the one that was measured first. */
  readonly besideFirst?: (first: Trial, trial: Trial) => Findings;
}

/** Streams that connect one after another, at the load's rate. */
export function rampOf(load: Load): StreamPlan[] {
  const random = seededRandom(load.seed + 1);
  const gapUs = 1e6 / load.connectRate;
  let atUs = 0;
  return Array.from({ length: load.streams }, (_, number) => {
    const connectAtUs = Math.floor(atUs);
    atUs += load.spacing === 'even' ? gapUs : exponential(random) * gapUs;
    return { number, topic: number % load.topics, connectAtUs };
  });
}

/** Publishes at a constant rate, for as long as the settling and the measuring may take. */
export function steadyLoad(load: Load): Schedule {
  return steadySchedule({
    topics: load.topics,
    rate: load.rate,
    spacing: load.spacing,
    durationUs: (Math.max(load.settleMinMs, load.settleMaxMs) + load.durationMs + 2000) * 1000,
    bytes: load.payloadBytes,
    seed: load.seed,
  });
}

export const nothingPublished: Schedule = {
  atUs: new Float64Array(0),
  topic: new Uint16Array(0),
  bytes: new Uint32Array(0),
};
