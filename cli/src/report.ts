import {
  areas,
  type BaselineOutcome,
  type Expectations,
  type HarnessFigures,
  type RuleResult,
  type RunEvent,
  type Summary,
  summarise,
  type TargetSummary,
} from '@ssert/conformance';
import { clientAreas } from '@ssert/conformance/client';
import { toolVersion } from './tool-version.ts';

/** Why a run ended early; `harness` for a fault of ssert's own. */
export interface BrokenOff {
  readonly why: Extract<RunEvent, { kind: 'broken-off' }>['why'] | 'harness';
  readonly message: string;
}

/** A run as every reporter gets it, and as `report.json` holds it: `report.schema.json` describes it. */
export interface Report {
  readonly schema: 1;
  readonly tool: { readonly name: 'ssert'; readonly version: string };
  readonly target: TargetSummary;
  readonly seed: number;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly durationMs: number;
  readonly brokenOff?: BrokenOff;
  /** What counts as a failure beside a broken MUST. */
  readonly expectations?: Expectations;
  /** How the results stand against the list of known failures, where one was given. */
  readonly baseline?: BaselineOutcome;
  readonly summary: Summary;
  /** How busy the harness itself was; absent where the run did not come to its end. */
  readonly harness?: HarnessFigures;
  readonly results: readonly RuleResult[];
}

/** The areas of a report, in the order of its catalogue. */
export function areasIn({ results, target }: Pick<Report, 'results' | 'target'>): string[] {
  const known: readonly string[] = target.capabilities === undefined ? areas : clientAreas;
  return known.filter((one) => results.some(({ area }) => area === one));
}

/** Gathers a run's events into its report; what is known can be had at any time. */
export class ReportDraft {
  readonly #startedAt: string;
  readonly #order: ReadonlyMap<string, number>;
  readonly #results: RuleResult[] = [];
  #started: Extract<RunEvent, { kind: 'started' }> | undefined;
  #brokenOff: BrokenOff | undefined;
  #durationMs: number | undefined;
  #harness: HarnessFigures | undefined;

  /**
   * @param startedAtMs wall time at which the run began
   * @param ids every rule of the run, in the order of reports
   */
  constructor(startedAtMs: number, ids: readonly string[]) {
    this.#startedAt = new Date(startedAtMs).toISOString();
    this.#order = new Map(ids.map((id, at) => [id, at]));
  }

  take(event: RunEvent): void {
    switch (event.kind) {
      case 'started':
        this.#started = event;
        break;
      case 'result':
        this.#results.push(event.result);
        break;
      case 'broken-off':
        this.breakOff({ why: event.why, message: event.message });
        break;
      case 'finished':
        this.#durationMs = event.durationMs;
        this.#harness = event.harness;
        break;
      case 'phase':
      case 'recording':
      case 'rule-started':
      case 'progress':
        break;
    }
  }

  /** Notes that the run ended early; the first reason counts. */
  breakOff(brokenOff: BrokenOff): void {
    this.#brokenOff ??= brokenOff;
  }

  /** The results so far, in the order of reports. */
  get results(): RuleResult[] {
    return this.#results.toSorted((a, b) => (this.#order.get(a.id) ?? 0) - (this.#order.get(b.id) ?? 0));
  }

  /**
   * @param elapsedMs the duration where the run did not tell its own
   * @throws Error where the run has not told its target yet
   */
  report(elapsedMs: number, expectations: Expectations = {}, baseline?: BaselineOutcome): Report {
    if (!this.#started) throw new Error(this.#brokenOff?.message ?? 'the run has not started');
    const { target, seed } = this.#started;
    return {
      schema: 1,
      tool: { name: 'ssert', version: toolVersion },
      target,
      seed,
      startedAt: this.#startedAt,
      durationMs: Math.round(this.#durationMs ?? elapsedMs),
      ...(this.#brokenOff ? { brokenOff: this.#brokenOff } : {}),
      ...(Object.values(expectations).includes(true) ? { expectations } : {}),
      ...(baseline ? { baseline } : {}),
      summary: summarise(this.#results),
      ...(this.#harness ? { harness: this.#harness } : {}),
      results: this.results,
    };
  }
}
