import { nowUs } from '../engine/clock-us.ts';
import { type HdrDelta, sparse } from '../engine/hdr-layout.ts';
import type { Publisher } from '../publisher/publisher.ts';
import type { Schedule } from '../publisher/schedule.ts';
import type { Window } from '../results/bench-result.ts';
import { broken } from '../self-check/limits.ts';
import { foreignCpu, type MachineSample, machineSample } from '../server-use/machine-sample.ts';
import { fileLimit, mainThreadWaitNs } from '../server-use/process-figures.ts';
import { Sampler, type SamplerTold } from '../server-use/sampler.ts';
import type { Tell } from './progress.ts';
import { QuietSeconds } from './quiet-seconds.ts';
import type { Second } from './seconds.ts';

/** The machine, and what only this thread knows. */
interface Sample extends MachineSample {
  /** ns that the thread which publishes was ready and had no CPU. */
  readonly publisherWaitNs: number;
  readonly lagP99Us: number;
}

export interface WatchOptions {
  readonly originUs: number;
  /** Where the server is on this machine. */
  readonly serverPid: () => number | undefined;
  readonly schedule: Schedule;
  readonly topics: number;
  readonly streams: number;
  /** Connections of the process that has most. */
  readonly mostPerProcess: number;
  readonly shardPids: readonly number[];
  readonly portShare: number;
  readonly latencyLimitUs: number;
  readonly tell: Tell;
}

/** Makes a window of each second: what the threads told, what the machine, the server and the publisher were like. */
export class Watch implements Disposable {
  readonly windows: Window[] = [];
  /** Limits that each window broke. */
  readonly broke: (readonly string[])[] = [];
  /** Connects that were tried by the end of each window. */
  readonly attempted: number[] = [];
  /** What came in each second that was measured, by how late it was; by the second from the begin of the trial. */
  readonly measured: Map<number, HdrDelta> = new Map();
  publisher: Publisher | undefined;
  /** us of `nowUs`; undefined before publishing begins. */
  beginUs: number | undefined;
  readonly #options: WatchOptions;
  readonly #sampler: Sampler;
  readonly #samples: SamplerTold[] = [];
  readonly #seconds: Second[] = [];
  readonly #quiet = new QuietSeconds();
  readonly #files: number;
  #last: Sample;
  /** Rows of the schedule that were due by the last second. */
  #due = 0;
  /** What was done from when on, us of `nowUs`. */
  readonly #phases: { readonly phase: Window['phase']; readonly fromUs: number }[] = [];
  #waiting: (() => void)[] = [];

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#files = Math.min(...options.shardPids.map(fileLimit));
    const generatorPids = [process.pid, ...options.shardPids];
    const serverPid = options.serverPid();
    this.#last = this.#completed(machineSample(serverPid, generatorPids));
    const told = (one: SamplerTold): void => {
      this.#samples.push(one);
      this.#conclude();
    };
    this.#sampler = new Sampler({ originUs: options.originUs, generatorPids, serverPid, told });
  }

  get phase(): Window['phase'] {
    return this.#phaseAt(Number.POSITIVE_INFINITY);
  }

  /** From now on. */
  set phase(phase: Window['phase']) {
    this.#phases.push({ phase, fromUs: nowUs() });
  }

  /** Resolves with the next whole second that everything is known of. */
  nextWindow(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Waits for whole seconds from now that are quiet, or until it is `over`; looks once a second. */
  async untilQuiet(over: () => boolean, seconds = 1): Promise<void> {
    const from = Math.ceil((nowUs() - this.#options.originUs) / 1e6);
    while (!over() && this.#quiet.from(from) < seconds) await this.nextWindow();
  }

  /** Whoever waits for a second waits no longer. */
  wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The threads have told of a second. */
  take(second: Second): void {
    this.#sampler.follow(this.#options.serverPid());
    this.#seconds.push(second);
    this.#conclude();
  }

  /** Makes windows of the seconds that threads and sampler have told of. */
  #conclude(): void {
    for (;;) {
      const [second] = this.#seconds;
      if (second === undefined) return;
      while (this.#samples[0] && this.#samples[0].second < second.second) this.#samples.shift();
      // A later one where the machine was held up for so long that this second was left out.
      const [told] = this.#samples;
      if (told === undefined) return;
      this.#seconds.shift();
      this.#window(second, this.#completed(told.sample));
    }
  }

  #window(second: Second, sample: Sample): void {
    const before = this.#last;
    this.#last = sample;
    const seconds = Math.max(0.001, (sample.atUs - before.atUs) / 1e6);
    const { host, server } = sample;
    const psi =
      host.psiCpuUs === null || before.host.psiCpuUs === null
        ? null
        : (host.psiCpuUs - before.host.psiCpuUs) / 1e6 / seconds;
    const waitNs = Math.max(second.longestWaitNs, sample.publisherWaitNs - before.publisherWaitNs);
    const cpuWait = waitNs / 1e9 / seconds;
    const foreign = foreignCpu(before, sample);
    const broke = broken(
      {
        loopUtilisation: second.counters.loopUtilisation,
        loopDelayP99Us: second.counters.loopDelayP99Us,
        threadCpu: second.busiestCpuNs / 1e9 / seconds,
        publishLagP99Us: sample.lagP99Us,
        steal: share(host.stolenTicks - before.host.stolenTicks, host.cpuTicks - before.host.cpuTicks),
        cpuWait,
        psi,
        foreignCpu: foreign,
        filesLeft: 1 - this.#options.mostPerProcess / this.#files,
        portsLeft: 1 - this.#options.portShare,
      },
      this.#options.latencyLimitUs,
    );
    const phase = this.#phaseAt(this.#options.originUs + (second.second + 1) * 1e6);
    const window: Window = {
      t: second.second * 1000,
      phase,
      streams: second.counters.open,
      offered: this.#offered(second.second, second.counters.open),
      delivered: second.delivered,
      p50: second.p50,
      p99: second.p99,
      rss: server?.rssBytes ?? null,
      cpu: server && before.server ? Math.max(0, server.cpuNs - before.server.cpuNs) / 1e9 / seconds : null,
      elu: second.counters.loopUtilisation,
      psi,
      cpuWait,
      foreignCpu: foreign,
      bad: broke.length > 0,
    };
    this.#quiet.take(second.second, second.delivered, second.counters.away);
    if (phase === 'measure') this.measured.set(second.second, sparse(second.delays));
    this.windows.push(window);
    this.attempted.push(second.counters.attempted);
    this.broke.push(broke);
    this.#options.tell({ kind: 'second', window, broke });
    this.wake();
  }

  [Symbol.dispose](): void {
    this.#sampler[Symbol.dispose]();
    this.wake();
  }

  /** Deliveries that the publishes ask for which have come due by the end of a second, and by none before. */
  #offered(second: number, open: number): number {
    const { schedule, topics, originUs, streams } = this.#options;
    if (this.beginUs === undefined) return 0;
    const untilUs = originUs + (second + 1) * 1e6 - this.beginUs;
    const from = this.#due;
    while ((schedule.atUs[this.#due] ?? Number.POSITIVE_INFINITY) < untilUs) this.#due += 1;
    const sent = this.publisher?.stopped ? 0 : this.#due - from;
    return Math.round((sent * Math.min(open, streams)) / topics);
  }

  /** However late the second is told of. */
  #phaseAt(us: number): Window['phase'] {
    return this.#phases.findLast(({ fromUs }) => fromUs <= us)?.phase ?? 'ramp';
  }

  #completed(sample: MachineSample): Sample {
    return {
      ...sample,
      publisherWaitNs: mainThreadWaitNs(),
      lagP99Us: this.publisher?.takeLagP99Us() ?? 0,
    };
  }
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
