import type { Clock } from '@ssert/protocol';

/** What the harness reads of its own process and of the machine that it runs on; handed in, as the clock is. */
export interface LoadGauge {
  /** Delays of this process's event loop since the gauge was opened, in ms. */
  loopDelay(): { readonly p99Ms: number; readonly worstMs: number };
  /** Time so far in which some task of this machine waited for a CPU, in ms; undefined where the system does not tell. */
  cpuWaitedMs(): number | undefined;
  /** CPU time that this process has used so far, in ms. */
  ownCpuMs(): number;
  /** Tasks that want to run for each core of this machine, of late. */
  loadPerCore(): number;
  close(): void;
}

/** How busy the harness and its machine were over some time. */
export interface Strain {
  /** The longest time that this process could not react, in ms. */
  readonly worstDelayMs: number;
  /** Share of the time in which some task of this machine waited for a CPU, 0 to 1. */
  readonly cpuPressureShare: number;
}

/** The harness's own state over a whole run, as reports carry it. */
export interface HarnessFigures {
  readonly eventLoopDelayP99Ms: number;
  readonly eventLoopDelayWorstMs: number;
  /** Share of the run in which some task of the machine waited for a CPU, 0 to 1. */
  readonly cpuPressureShare: number;
  /** What the share rests on: the kernel's account of it, or a guess from the load where there is none. */
  readonly cpuPressureFrom: 'kernel' | 'load';
  /** CPU time of the harness by the time of the run: 1 is one core. */
  readonly ownCpuShare: number;
}

const tickMs = 20;
/** Shorter delays of a timer are usual. */
const usualDelayMs = 5;
const readingEveryMs = 250;
/** Delays and readings kept: hours, on a machine that is not overloaded. */
const kept = 40_000;

interface Reading {
  readonly atMs: number;
  readonly cpuWaitedMs: number | undefined;
  readonly ownCpuMs: number;
}

/** Watches the harness itself, so that a rule can tell whether a time that was missed is the server's. */
export class HarnessLoad {
  readonly #gauge: LoadGauge;
  readonly #clock: Clock;
  readonly #late: { readonly fromMs: number; readonly toMs: number }[] = [];
  readonly #readings: [Reading, ...Reading[]];
  #dueMs: number;
  #cancel: () => void;

  /** Watches from now on, until `close`. */
  constructor(gauge: LoadGauge, clock: Clock) {
    this.#gauge = gauge;
    this.#clock = clock;
    this.#readings = [this.#read()];
    this.#dueMs = clock.now() + tickMs;
    this.#cancel = clock.after(tickMs, () => this.#tick());
  }

  close(): void {
    this.#cancel();
    this.#gauge.close();
  }

  /** Begins a time that `since` will be asked about, and gives its moment; without, pressure is told to a quarter of a second. */
  mark(): number {
    const reading = this.#read();
    this.#keep(reading);
    return reading.atMs;
  }

  /** How busy it was from a moment of the clock until now. */
  since(fromMs: number): Strain {
    const now = this.#read();
    const delays = this.#late.filter(({ toMs }) => toMs > fromMs).map((late) => late.toMs - late.fromMs);
    // A delay that is not over yet: the timer that would tell of it has not had its turn.
    const worstDelayMs = Math.max(0, now.atMs - this.#dueMs, ...delays);
    const before = this.#readings.findLast(({ atMs }) => atMs <= fromMs) ?? this.#readings[0];
    return { worstDelayMs, cpuPressureShare: this.#pressure(before, now) };
  }

  /** The figures of the run so far. */
  figures(): HarnessFigures {
    const now = this.#read();
    const [begin] = this.#readings;
    const { p99Ms, worstMs } = this.#gauge.loopDelay();
    return {
      eventLoopDelayP99Ms: tenths(p99Ms),
      eventLoopDelayWorstMs: tenths(worstMs),
      cpuPressureShare: hundredths(this.#pressure(begin, now)),
      cpuPressureFrom: now.cpuWaitedMs === undefined ? 'load' : 'kernel',
      ownCpuShare: hundredths(shareOf(now.ownCpuMs - begin.ownCpuMs, now.atMs - begin.atMs)),
    };
  }

  #tick(): void {
    const now = this.#clock.now();
    if (now - this.#dueMs > usualDelayMs) this.#late.push({ fromMs: this.#dueMs, toMs: now });
    if (this.#late.length > kept) this.#late.shift();
    const lastMs = this.#readings.at(-1)?.atMs ?? now;
    if (now - lastMs >= readingEveryMs) this.#keep(this.#read());
    this.#dueMs = now + tickMs;
    this.#cancel = this.#clock.after(tickMs, () => this.#tick());
  }

  #keep(reading: Reading): void {
    this.#readings.push(reading);
    // The first stays: the figures of the whole run begin there.
    if (this.#readings.length > kept) this.#readings.splice(1, 1);
  }

  #read(): Reading {
    return { atMs: this.#clock.now(), cpuWaitedMs: this.#gauge.cpuWaitedMs(), ownCpuMs: this.#gauge.ownCpuMs() };
  }

  #pressure(from: Reading, to: Reading): number {
    const durationMs = to.atMs - from.atMs;
    if (to.cpuWaitedMs !== undefined && from.cpuWaitedMs !== undefined) {
      return Math.min(1, shareOf(to.cpuWaitedMs - from.cpuWaitedMs, durationMs));
    }
    // Where the kernel keeps no account: tasks beyond the cores wait, and so does whoever needs us at full tilt.
    const own = shareOf(to.ownCpuMs - from.ownCpuMs, durationMs);
    return Math.min(1, Math.max(0, this.#gauge.loadPerCore() - 1, own > 0.9 ? own : 0));
  }
}

/** A bound of time that was missed. */
export interface LateBy {
  readonly boundMs: number;
  /** How long it took; where it never came to pass, how long it was waited for. */
  readonly tookMs: number;
  /** The server had to work hard for it, so that whoever else wants the CPU slows it down. */
  readonly heavy?: boolean;
}

/** Pressure below this share is usual on a machine that does anything at all. */
const usualPressure = 0.25;
/** On a machine at full pressure things take so many bounds longer, as tasks share the cores. */
const slowdown = 3;
/** Turns that one event takes in harness and server, each of which can meet the delay. */
const turns = 4;

/**
 * Whether the harness and its machine were so busy that a missed bound may be their own doing. What took longer than
 * they can explain is the server's.
 */
export function excuses({ worstDelayMs, cpuPressureShare }: Strain, { boundMs, tookMs, heavy }: LateBy): boolean {
  const byDelay = worstDelayMs > boundMs / 20 ? turns * worstDelayMs : 0;
  const byPressure = heavy && cpuPressureShare > usualPressure ? slowdown * cpuPressureShare * boundMs : 0;
  return tookMs - boundMs <= byDelay + byPressure && byDelay + byPressure > 0;
}

/** How busy it was, for the sentence of a verdict. */
export function strainInWords({ worstDelayMs, cpuPressureShare }: Strain): string {
  return `the harness was held up for up to ${Math.round(worstDelayMs)} ms, and tasks of its machine waited for a CPU ${Math.round(cpuPressureShare * 100)}% of the time`;
}

function shareOf(partMs: number, wholeMs: number): number {
  return wholeMs > 0 ? Math.max(0, partMs / wholeMs) : 0;
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
