import type { Random } from '@ssert/protocol';
import { exponential, lognormal } from '../chance/distributions.ts';
import { uniform } from '../chance/layers.ts';
import type { GivenFaults } from '../network/settings.ts';
import type { ClientKind, Loss, Reading } from './client-plan.ts';

/** The part of a client's time that its kind plans. */
export interface Stay {
  readonly joinAtMs: number;
  readonly leaveAtMs: number;
}

interface Kind {
  readonly faults: GivenFaults;
  reading(stay: Stay, random: Random): readonly Reading[];
  losses(stay: Stay, random: Random): Generator<Loss, void>;
}

const readsAll = ({ joinAtMs }: Stay): readonly Reading[] => [{ atMs: joinAtMs, bytesPerS: 'unlimited' }];
const losesNothing = function* (): Generator<Loss, void> {};

/** A phone rests in a pocket for minutes. */
const sleepMedianMs = 120_000;
/** What `EventSource` waits in browsers, about. */
const reconnectionTimeMs = 3000;

/** What each kind of client does. The figures are plausible, not measured. */
export const kinds: Readonly<Record<ClientKind, Kind>> = {
  fast: { faults: {}, reading: readsAll, losses: losesNothing },
  /** As a page that draws each event: 1 to 8 KiB a second. */
  slow: {
    faults: {},
    reading: ({ joinAtMs }, random) => [{ atMs: joinAtMs, bytesPerS: Math.round(1024 * 8 ** uniform(random)) }],
    losses: losesNothing,
  },
  /** Sleeps, and changes its network; either way nobody tells the server that the old connection is dead. */
  mobile: {
    // The plan says when it loses its connection, so the network need not.
    faults: { preset: 'mobile', lifeMs: 0 },
    reading: readsAll,
    *losses({ joinAtMs }, random) {
      for (let atMs = joinAtMs; ; ) {
        atMs += exponential(random, 60_000);
        const sleeps = uniform(random) < 0.6;
        const awayMs = sleeps ? lognormal(random, Math.log(sleepMedianMs), 1) : 1000 + 4000 * uniform(random);
        yield { atMs, why: sleeps ? 'sleep' : 'network-change', by: 'silence', backAtMs: atMs + awayMs };
        atMs += awayMs;
      }
    },
  },
  flaky: {
    faults: { preset: 'flaky', lifeMs: 0 },
    reading: readsAll,
    *losses({ joinAtMs }, random) {
      for (let atMs = joinAtMs; ; ) {
        atMs += exponential(random, 10_000);
        const backAtMs = atMs + reconnectionTimeMs * (1 + uniform(random));
        yield { atMs, why: 'cut', by: uniform(random) < 0.7 ? 'rst' : 'fin', backAtMs };
        atMs = backAtMs;
      }
    },
  },
  /** Reads for a while, then never again, and keeps its connection. */
  stalled: {
    faults: {},
    reading: ({ joinAtMs, leaveAtMs }, random) => [
      { atMs: joinAtMs, bytesPerS: 'unlimited' },
      { atMs: joinAtMs + (leaveAtMs - joinAtMs) * 0.5 * uniform(random), bytesPerS: 0 },
    ],
    losses: losesNothing,
  },
};
