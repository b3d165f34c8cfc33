import type { LegalVariant } from './not-accused.ts';

/** What networks may do to a server that is right. */
export const legalNetworks: readonly LegalVariant[] = [
  {
    name: 'stands behind a network that cuts what it writes anywhere, a millisecond apart',
    behaviour: {},
    network: { down: { sliceBytes: 1400 } },
  },
  {
    name: 'stands behind a line that is late, now less and now more',
    behaviour: {},
    network: { up: { latencyMs: 1, jitterMs: 2 }, down: { latencyMs: 1, jitterMs: 2 } },
  },
  {
    name: 'stands behind a network that stands still now and then',
    behaviour: {},
    network: { down: { stallEveryMs: 500, stallMs: 60 } },
  },
];
