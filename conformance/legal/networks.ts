import type { LegalVariant } from './not-accused.ts';

/** What networks may do to a server that is right. */
export const legalNetworks: readonly LegalVariant[] = [
  {
    name: 'stands behind a network that cuts what it writes anywhere, is late, now less and now more, and stands still at times',
    behaviour: {},
    network: {
      up: { latencyMs: 1, jitterMs: 2 },
      down: { sliceBytes: 1400, latencyMs: 1, jitterMs: 2, stallEveryMs: 500, stallMs: 60 },
    },
  },
];
