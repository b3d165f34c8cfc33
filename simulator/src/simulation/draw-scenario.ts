import type { Random } from '@ssert/protocol';
import { mmppArrivals } from '../arrivals/processes.ts';
import { until } from '../arrivals/shaping.ts';
import { layerRandom } from '../chance/layers.ts';
import type { Fault, Publication, Scenario, SimulatedClient } from './scenario.ts';

/** Draws within a layer of chance. */
class Draw {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** A whole number from one up to and including another. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.#random.next() * (most - least + 1));
  }

  one<T>(...of: readonly [T, ...T[]]): T {
    return of[Math.floor(this.#random.next() * of.length)] as T;
  }

  chance(of: number): boolean {
    return this.#random.next() < of;
  }
}

/** A small scenario full of trouble: a few clients, a minute or two, and everything that can go wrong, some of it at once. */
export function drawScenario(seed: number): Scenario {
  const draw = new Draw(layerRandom(seed, 'scenario'));
  const durationMs = draw.whole(10, 60) * 1000;
  const heartbeatMs = draw.one(2000, 5000, 15_000);
  const clients = drawClients(new Draw(layerRandom(seed, 'clients')), durationMs, heartbeatMs);
  return {
    seed,
    durationMs,
    server: {
      queueEvents: draw.one(1, 2, 3, 10),
      slowPolicy: draw.one('drop-newest', 'drop-oldest', 'conflate', 'disconnect'),
      replayEvents: draw.one(5, 20, 50, 1000),
      replayBytes: draw.one(4096, 1 << 20, 1 << 20),
      heartbeatMs,
      stallMs: draw.one(5000, 20_000),
      maxStreams: clients.length + draw.whole(0, 3),
      stopMs: draw.one(100, 1000),
      log: draw.one('memory', 'disk'),
      diskMs: draw.one(1, 10, 100),
      ...draw.one({}, { flushMs: 0 }, { flushMs: 3 }, { flushMs: 30 }),
    },
    line: {
      latencyMs: draw.one(1, 5, 40, 150),
      jitterMs: draw.one(0, 0, 5, 100),
      windowBytes: draw.one(256, 1024, 16_384),
      mostSlices: draw.one(0, 0, 1, 3, 12),
    },
    reconnect: { initial: draw.one(100, 1000), max: 5000, jitter: draw.one(0, 0.5) },
    publications: drawPublications(seed, durationMs),
    clients,
    faults: drawFaults(new Draw(layerRandom(seed, 'faults')), durationMs, clients),
  };
}

/** Bursts between silences, as a service has them. */
function drawPublications(seed: number, durationMs: number): Publication[] {
  const draw = new Draw(layerRandom(seed, 'publications'));
  const burst = draw.one(5, 20, 60);
  const moves = [
    [0, 0.3],
    [0.5, 0],
  ];
  const times = until(mmppArrivals({ ratesPerS: [0.2, burst], moves }, seed), durationMs / 1000);
  const typed = draw.chance(0.7);
  const mostPadding = draw.one(0, 50, 1000);
  const retry = draw.one(undefined, undefined, 500, 2000);
  return [...times].slice(0, 250).map((timeS) => {
    const type = typed ? draw.one(undefined, 'alert', 'usage') : undefined;
    const padding = draw.whole(0, mostPadding);
    return {
      atMs: Math.floor(timeS * 1000),
      ...(type !== undefined && { type }),
      ...(padding > 0 && { padding }),
      ...(retry !== undefined && draw.chance(0.05) && { retry }),
    };
  });
}

function drawClients(draw: Draw, durationMs: number, heartbeatMs: number): SimulatedClient[] {
  return Array.from({ length: draw.whole(1, 6) }, (_, at) => {
    const joinAtMs = draw.chance(0.5) ? draw.whole(0, 1000) : draw.whole(0, durationMs - 1000);
    return {
      number: at + 1,
      joinAtMs,
      ...(draw.chance(0.2) && { leaveAtMs: draw.whole(joinAtMs, durationMs) }),
      reads: draw.one<SimulatedClient['reads']>('callback', 'callback', 'listeners', { loopMs: draw.one(1, 50, 300) }),
      // Longer than two heartbeats and the slowest line.
      watchdogMs: 2 * heartbeatMs + 2000,
    };
  });
}

function drawFaults(draw: Draw, durationMs: number, clients: readonly SimulatedClient[]): Fault[] {
  const anyClient = (): number => draw.whole(1, clients.length);
  const by = () => draw.one('rst', 'fin', 'silence' as const);
  const makers: readonly [(atMs: number) => Fault | Fault[], ...((atMs: number) => Fault | Fault[])[]] = [
    (atMs) => ({ atMs, kind: 'cut', client: anyClient(), by: by() }),
    (atMs) => ({ atMs, kind: 'cut-at-byte', client: anyClient(), bytes: draw.whole(0, 600), by: by() }),
    (atMs) => ({ atMs, kind: 'cut-at-byte', client: anyClient(), bytes: draw.whole(0, 600), by: by() }),
    (atMs) => ({ atMs, kind: 'sleep', client: anyClient(), forMs: draw.whole(1, 40) * 1000 }),
    (atMs) => ({ atMs, kind: 'sleep', client: anyClient(), forMs: draw.whole(1, 40) * 1000 }),
    (atMs) => ({ atMs, kind: 'suspend', client: anyClient(), forMs: draw.whole(10, 10_000) }),
    (atMs) => ({ atMs, kind: 'reconnect', client: anyClient() }),
    (atMs) => ({ atMs, kind: 'outage', forMs: draw.whole(1, 15) * 1000, by: draw.one('refused', 'silence') }),
    (atMs) => ({ atMs, kind: 'crash', downMs: draw.whole(1, 5000) }),
    (atMs) => ({ atMs, kind: 'restart', downMs: draw.whole(1, 5000) }),
    (atMs) => ({ atMs, kind: 'disk-failure', forMs: draw.whole(100, 5000) }),
    // Who comes back reads a log that cannot be read.
    (atMs) => [
      { atMs, kind: 'sleep', client: anyClient(), forMs: draw.whole(5, 20) * 1000 },
      { atMs: atMs + 4000, kind: 'outage', forMs: 1000, by: 'refused' },
      { atMs: atMs + 4500, kind: 'disk-failure', forMs: draw.whole(1000, 20_000) },
    ],
    (atMs) => ({ atMs, kind: 'clock-jump', byMs: draw.whole(-7200, 7200) * 1000 }),
  ];
  return Array.from({ length: draw.whole(0, 8) }, () => draw.one(...makers)(draw.whole(0, durationMs - 5000))).flat();
}
