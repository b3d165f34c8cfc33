import type { PopulationSettings } from './population.ts';

type Scenario = Omit<PopulationSettings, 'clients' | 'durationMs'>;

export type PopulationName = 'steady' | 'churn' | 'slow' | 'mobile' | 'herd';

/** Populations that show what breaks servers, to be completed by how many and how long. */
export const populations: Readonly<Record<PopulationName, Scenario>> = {
  steady: {},
  /** Who leaves is followed by another, who may be gone before its answer begins. */
  churn: {
    lifetime: { law: 'exponential', meanMs: 20_000 },
    leaving: { fin: 6, rst: 3, 'abort-in-head': 1 },
    resuming: 0.8,
  },
  /** A few slow and stalled readers among fast ones, who must not feel them. */
  slow: { mix: { fast: 8, slow: 1, stalled: 1 } },
  /** People on the move. */
  mobile: { mix: { mobile: 6, flaky: 2, fast: 2 }, lifetime: { law: 'lognormal', medianMs: 120_000, sigma: 1 } },
  /** All lose their connection at 10 s and come back in one moment. */
  herd: { outage: { atMs: 10_000, lengthMs: 5000, retryMs: 3000, jitter: 'none' } },
};
