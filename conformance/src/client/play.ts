import { type Clock, sleep } from '@ssert/protocol';
import { Undecided } from '../undecided.ts';
import type { Scene, StageRequest } from './access/stage.ts';
import type { ClientReport, OpenOptions, ReadyState } from './adapter.ts';
import type { Noted } from './client-script.ts';
import type { ClientState } from './hosting.ts';
import { SubjectDied } from './subject.ts';

/** A report with the moment at which the harness got it, in ms of its clock. */
export type TimedReport = ClientReport & { readonly atMs: number };
export type EventReport = Extract<TimedReport, { kind: 'event' }>;

/** How a rule wants a stream opened beyond its URL. */
export interface PlayOptions extends Partial<Omit<OpenOptions, 'url' | 'origin'>> {
  /** Makes the URL that the client is given of the scene's own. Default that. */
  readonly url?: (own: string) => string;
  /** The page that opens the stream is of another origin than the scene; for clients with `cors`. */
  readonly fromElsewhere?: true;
}

/** What a play needs of whoever runs it. */
export interface PlayHost {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  close(): void;
  restart(): void;
  askState(): void;
  /** Closes the client where it is not, and forgets it. */
  end(): void;
}

/** One stream that the client has opened on a scene of the stage: what the stage and the client tell of it. */
export class Play {
  readonly url: string;
  readonly reports: TimedReport[] = [];
  /** Why the client did not open the stream, where its `open` threw. */
  refused: string | undefined;
  /** What `close` or `restart` threw. */
  threw: string | undefined;
  readonly #scene: Scene;
  readonly #host: PlayHost;
  #death: string | undefined;
  #wake: () => void = () => undefined;
  /** What a script has seen, by its names. */
  readonly noted: Map<string, Noted> = new Map<string, Noted>();
  readonly #states: ClientState[] = [];

  constructor(scene: Scene, host: PlayHost) {
    this.url = scene.url;
    this.#scene = scene;
    this.#host = host;
    scene.onChange = () => this.#wake();
  }

  /** Every request, those below the scene's URL included. */
  get requests(): readonly StageRequest[] {
    return this.#scene.requests;
  }

  /** Requests to the scene's own URL. */
  get asked(): readonly StageRequest[] {
    return this.#scene.asked;
  }

  get events(): EventReport[] {
    return this.reports.filter((report) => report.kind === 'event');
  }

  get errors(): TimedReport[] {
    return this.reports.filter(({ kind }) => kind === 'error');
  }

  take(report: ClientReport): void {
    this.reports.push({ ...report, atMs: this.#host.clock.now() });
    this.#wake();
  }

  /** Ends every wait with the client's last words. */
  die(lastWords: string): void {
    this.#death ??= lastWords;
    this.#wake();
  }

  note(name: string, value: Noted): void {
    this.noted.set(name, value);
    this.#wake();
  }

  refuse(message: string): void {
    this.refused = message;
    this.#wake();
  }

  /**
   * Waits until something holds.
   * @returns whether it does; false after `timeoutMs`, and where the run ends
   * @throws SubjectDied
   */
  async until(holds: () => boolean, timeoutMs: number): Promise<boolean> {
    const { clock, signal } = this.#host;
    const overdueMs = clock.now() + timeoutMs;
    for (;;) {
      if (this.#death !== undefined) throw new SubjectDied(this.#death);
      if (holds()) return true;
      const leftMs = overdueMs - clock.now();
      if (leftMs <= 0 || signal.aborted) return false;
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await sleep(clock, leftMs, AbortSignal.any([signal, woken.signal]));
      this.#wake = () => undefined;
    }
  }

  /** Waits for so many requests to the scene's URL. @throws SubjectDied */
  untilAsked(times: number, timeoutMs = 5000): Promise<boolean> {
    return this.until(() => this.asked.length >= times, timeoutMs);
  }

  takeState(state: ClientState): void {
    this.#states.push(state);
    this.#wake();
  }

  /** What the client reads now; nothing where it does not answer. @throws SubjectDied */
  async state(): Promise<ClientState> {
    const told = this.#states.length;
    this.#host.askState();
    await this.until(() => this.#states.length > told, 5000);
    return this.#states[told] ?? {};
  }

  /** What readyState reads now. @throws Undecided where the client does not tell; SubjectDied */
  async readyState(): Promise<ReadyState> {
    const { readyState } = await this.state();
    if (readyState === undefined) throw new Undecided('the client does not tell its readyState when asked');
    return readyState;
  }

  /** Looks on for a while. @throws SubjectDied */
  async watch(durationMs: number): Promise<void> {
    await this.until(() => false, durationMs);
  }

  close(): void {
    this.#host.close();
  }

  restart(): void {
    this.#host.restart();
  }

  /** Closes the client and drops what is open on the stage. */
  end(): void {
    this.#host.end();
    this.#scene.close();
    this.#wake = () => undefined;
  }
}
