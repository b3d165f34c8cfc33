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

function herdFindings({ load, summaries, notes, counters }: Measured): Findings {
  const { killedUs, startedUs = 0 } = notes;
  if (killedUs === undefined) return {};
  const backUs = summaries
    .flatMap((summary) => [...summary.backAtUs])
    .filter((us) => us > killedUs)
    .sort((a, b) => a - b);
  const share = (part: number): number | string => {
    const us = backUs[Math.ceil(part * load.streams) - 1];
    return us === undefined ? 'never' : Math.round((us - killedUs) / 1000);
  };
  let peak = 0;
  let from = 0;
  backUs.forEach((us, to) => {
    while (us - (backUs[from] ?? 0) >= 1e6) from += 1;
    peak = Math.max(peak, to - from + 1);
  });
  return {
    backAt50Ms: share(0.5),
    backAt90Ms: share(0.9),
    backAt99Ms: share(0.99),
    backAt100Ms: share(1),
    downMs: Math.round((startedUs - killedUs) / 1000),
    peakConnectsPerS: peak,
    refusedConnects: counters.failed + counters.refused,
  };
}
