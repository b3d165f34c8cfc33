import type { Trial, Window } from '../results/bench-result.ts';

/** What a run tells while it goes on. */
export type BenchEvent =
  | { readonly kind: 'note'; readonly message: string }
  /**
   * @param streams of its load
   * @param rate publishes a second on each topic; absent where the scenario has times of its own, or publishes nothing
   */
  | {
      readonly kind: 'trial-started';
      readonly x: number;
      readonly rep: number;
      readonly streams: number;
      readonly rate?: number;
    }
  | { readonly kind: 'phase'; readonly phase: Window['phase'] }
  /** @param broke limits of the self-check that this second broke */
  | { readonly kind: 'second'; readonly window: Window; readonly broke: readonly string[] }
  | { readonly kind: 'trial-finished'; readonly trial: Trial };

export type Tell = (event: BenchEvent) => void;
