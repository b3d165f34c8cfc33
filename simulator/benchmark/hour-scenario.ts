import { until } from '../src/arrivals/shaping.ts';
import { layerRandom } from '../src/chance/layers.ts';
import { arrivalsOf } from '../src/profiles/arrivals-of.ts';
import { profileNamed } from '../src/profiles/read-profile.ts';
import type { Fault, Scenario, SimulatedClient } from '../src/simulation/scenario.ts';

const startMs = Date.parse('2026-01-05T09:00:00Z');

/** Usage as a profile has it in front of many clients for an hour or so, with cuts and one restart, from a log on disk. */
export function drawHour(seed: number, clients: number, durationMs: number): Scenario {
  const random = layerRandom(seed, 'hour');
  const times = until(arrivalsOf(profileNamed('office'), seed, startMs), durationMs / 1000);
  const anyClient = (): number => 1 + Math.floor(random.next() * clients);
  const cuts = Array.from({ length: Math.ceil(durationMs / 6000) }, (_, at): Fault => {
    const by = (['rst', 'fin', 'silence'] as const)[at % 3] ?? 'rst';
    return { atMs: Math.floor(random.next() * durationMs), kind: 'cut', client: anyClient(), by };
  });
  return {
    seed,
    durationMs,
    server: {
      queueEvents: 10,
      slowPolicy: 'drop-newest',
      replayEvents: 1000,
      replayBytes: 32 << 20,
      heartbeatMs: 15_000,
      stallMs: 60_000,
      maxStreams: clients + 100,
      stopMs: 5000,
      log: 'disk',
      diskMs: 2,
      flushMs: 0,
    },
    line: { latencyMs: 20, jitterMs: 30, windowBytes: 65_536, mostSlices: 0 },
    reconnect: { initial: 1000, max: 30_000, jitter: 0.5 },
    publications: [...times].map((timeS) => ({ atMs: Math.floor(timeS * 1000), padding: 60 })),
    clients: Array.from({ length: clients }, (_, at): SimulatedClient => {
      return { number: at + 1, joinAtMs: Math.floor(random.next() * 60_000), reads: 'callback', watchdogMs: 40_000 };
    }),
    faults: [...cuts, { atMs: Math.floor(durationMs / 2), kind: 'restart', downMs: 5000 }],
  };
}
