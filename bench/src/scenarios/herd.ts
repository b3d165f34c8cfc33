import type { Reconnections } from '../engine/reconnections.ts';
import { type Findings, type Measured, rampOf, type Scenario, steadyLoad } from './scenario.ts';

/** Clients wait 3 s where a server tells them nothing else, and then have to get in. */
const comingBackMs = 5000;

export const herd: Scenario = {
  name: 'herd',
  meaning: 'The server is killed and started again, and all its clients come back.',
  publishes: true,
  needsControl: true,
  streams: rampOf,
  schedule: steadyLoad,
  leastMs: ({ killAtMs, downMs }) => killAtMs + downMs + comingBackMs,
  reconnect: ({ jitter }) => ({ jitter }),
  conduct: async (load, { at, server, nowUs }) => {
    if (!(await at(load.killAtMs))) return {};
    const killedUs = nowUs();
    await server?.kill();
    await at(load.killAtMs + load.downMs);
    await server?.start();
    return { killedUs, startedUs: nowUs() };
  },
  findings: herdFindings,
};

export function herdFindings({ load, summaries, notes }: Measured): Findings {
  const { killedUs, startedUs = 0 } = notes;
  if (killedUs === undefined) return {};
  const all = summaries.flatMap(({ reconnections }) => reconnections ?? []);
  const sinceKill = (times: Float64Array): number[] => [...times].filter((us) => us > killedUs);
  const backUs = firstReturns(all, killedUs);
  const share = (part: number): number | string => {
    const us = backUs[Math.ceil(part * load.streams) - 1];
    return us === undefined ? 'never' : Math.round((us - killedUs) / 1000);
  };
  return {
    backAt50Ms: share(0.5),
    backAt90Ms: share(0.9),
    backAt99Ms: share(0.99),
    backAt100Ms: share(1),
    downMs: Math.round((startedUs - killedUs) / 1000),
    peakConnectsPerS: mostInASecond(all.flatMap(({ triedAtUs }) => sinceKill(triedAtUs))),
    refusedConnects: all.reduce((total, { refusedAtUs }) => total + sinceKill(refusedAtUs).length, 0),
  };
}

/** When each stream was back first, in the order of time: one that comes back twice is no two. */
function firstReturns(all: readonly Reconnections[], killedUs: number): number[] {
  const first = new Map<number, number>();
  for (const { backAtUs, backNumbers } of all) {
    backAtUs.forEach((us, at) => {
      const number = backNumbers[at] ?? 0;
      if (us > killedUs) first.set(number, Math.min(us, first.get(number) ?? Number.POSITIVE_INFINITY));
    });
  }
  return [...first.values()].sort((a, b) => a - b);
}

/** The most of these moments (us) that lie in one second. */
function mostInASecond(times: readonly number[]): number {
  const inOrder = times.toSorted((a, b) => a - b);
  let most = 0;
  let from = 0;
  inOrder.forEach((us, to) => {
    while (us - (inOrder[from] ?? 0) >= 1e6) from += 1;
    most = Math.max(most, to - from + 1);
  });
  return most;
}
