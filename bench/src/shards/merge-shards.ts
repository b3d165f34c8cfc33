import { mergedRecords, mergedSeconds } from '../histogram/histogram.ts';
import type { HistogramName, Trial, Validity, Window } from '../results/bench-result.ts';
import { openStreams } from '../results/open-streams.ts';
import { canaryDiffers } from '../self-check/validity.ts';
import { planFingerprint, type ShardPlan } from './shard-plan.ts';
import type { ShardResult } from './shard-result.ts';

/** Times that every shard measures of its own streams, so that they add up. */
const perStream: readonly HistogramName[] = ['connect', 'ttfh', 'ttfe', 'delivery', 'gap'];
/** Times that only who publishes knows. */
const perPublish: readonly HistogramName[] = ['publishLag', 'publishAck'];

/**
 * One trial of what the shards found, by adding counts and histograms, never percentiles. A shard that is missing or
 * invalid makes all of it invalid. Fan-out skew and fairness go over all streams at once, and are left out: they cannot
 * be put together from parts.
 * @throws RangeError where no shard has a result
 */
export function mergeShards(plan: ShardPlan, results: readonly ShardResult[], rep = 0): Trial {
  const [coordinator, ...rest] = results.toSorted((a, b) => a.index - b.index);
  if (coordinator === undefined) throw new RangeError('no shard has a result');
  const trials = [coordinator, ...rest].map(({ trial }) => trial);
  const publisher = coordinator.trial;
  const trouble = troubleOf(plan, results);
  const reasons = [
    ...trouble,
    ...results.flatMap(({ index, trial }) => trial.reasons.map((one) => `shard ${index}: ${one}`)),
  ];
  const hist = { ...histograms(trials, perStream), ...histograms([publisher], perPublish) };
  const canaryP99Us = publisher.generator.canaryP99Us ?? null;
  // Over what came: what was lost is no question of the generator's or of clocks.
  const { p99: loadedP99Us } = mergedSeconds(hist.delivery ? [hist.delivery.hdrV2] : []);
  const doubts = [
    ...(canaryDiffers({ loadedP99Us, canaryP99Us })
      ? ['the coordinator’s few streams had their events earlier: the generator may have added it']
      : []),
    ...blurred(results, loadedP99Us),
  ];
  reasons.push(...doubts);
  const validity: Validity = trouble.length > 0 ? 'invalid' : worst([...trials, ...doubts.map(() => suspect)]);
  const settled = trials.map(({ settledAtMs }) => settledAtMs);
  const everySettled = settled.every((ms) => ms !== undefined);
  const findings = results.flatMap(({ index, trial }) =>
    (trial.findings ?? []).map((finding) => ({ ...finding, sentence: `shard ${index}: ${finding.sentence}` })),
  );
  return {
    x: plan.streams,
    rep,
    validity,
    reasons,
    ...(everySettled ? { settledAtMs: Math.max(...settled) } : {}),
    unstable: trials.some(({ unstable }) => unstable),
    lowN: publisher.lowN,
    connects: summed(trials.map(({ connects }) => connects)),
    counts: {
      ...summed(trials.map(({ counts }) => counts)),
      publishes: publisher.counts.publishes,
      publishesRefused: publisher.counts.publishesRefused,
    },
    hist,
    ...(publisher.server === undefined ? {} : { server: publisher.server }),
    generator: generatorOf(trials),
    windows: windowsOf(results),
    ...(findings.length === 0 ? {} : { findings }),
    ...scenarioOf(trials),
  };
}

/** Where clocks of other machines are not known well enough to tell such a time. */
function blurred(results: readonly ShardResult[], p99Us: number | null): string[] {
  const bound = Math.max(0, ...results.map(({ clock }) => (clock.offsetUs === 0 ? 0 : clock.boundUs)));
  if (p99Us === null || p99Us >= 3 * bound) return [];
  return [
    `times of delivery are known to ${(bound / 1000).toFixed(1)} ms only: so far may the shards’ clocks be apart`,
  ];
}

/** Why the whole run is worth nothing, whatever each shard says of itself. */
function troubleOf(plan: ShardPlan, results: readonly ShardResult[]): string[] {
  const fingerprint = planFingerprint(plan);
  const missing = plan.shards.filter(({ index }) => !results.some((result) => result.index === index));
  return [
    ...missing.map(({ index }) => `shard ${index} has no result`),
    ...results.flatMap((result, at) => {
      const { index, clock, earliestUs = 0 } = result;
      const again = results.slice(0, at).some((one) => one.index === index);
      return [
        ...(again ? [`shard ${index} has two results`] : []),
        ...(plan.shards.some((shard) => shard.index === index) ? [] : [`shard ${index} is not in the plan`]),
        ...(result.fingerprint === fingerprint ? [] : [`shard ${index} followed another plan`]),
        ...(earliestUs < -clock.boundUs
          ? [`shard ${index}: an event came ${Math.round(-earliestUs)} µs before it was sent, so its clock is wrong`]
          : []),
      ];
    }),
  ];
}

const suspect = { validity: 'suspect' } as const;

function worst(trials: readonly Pick<Trial, 'validity'>[]): Validity {
  return (['invalid', 'suspect'] as const).find((one) => trials.some(({ validity }) => validity === one)) ?? 'valid';
}

function summed<T extends object>(parts: readonly T[]): T {
  const [first] = parts as [T, ...T[]];
  const names = Object.keys(first) as (keyof T)[];
  return Object.fromEntries(names.map((name) => [name, parts.reduce((sum, part) => sum + Number(part[name]), 0)])) as T;
}

/** What the scenarios that shards run count of their own adds up. */
function scenarioOf(trials: readonly Trial[]): Pick<Trial, 'scenario'> {
  const own = trials.flatMap(({ scenario }) => (scenario === undefined ? [] : [scenario]));
  return own.length === 0
    ? {}
    : { scenario: { ...summed<Record<string, unknown>>(own) } as NonNullable<Trial['scenario']> };
}

function histograms(trials: readonly Trial[], names: readonly HistogramName[]): Trial['hist'] {
  return Object.fromEntries(
    names.flatMap((name) => {
      const records = trials.flatMap(({ hist }) => hist[name] ?? []);
      return records.length === 0 ? [] : [[name, mergedRecords(records)]];
    }),
  );
}

function generatorOf(trials: readonly Trial[]): Trial['generator'] {
  const all = trials.map(({ generator }) => generator);
  const sum = (of: (one: Trial['generator']) => number): number => all.reduce((total, one) => total + of(one), 0);
  const delivered = trials.reduce((total, { counts }) => total + counts.delivered, 0);
  const streams = trials.reduce((total, trial) => total + openStreams(trial), 0);
  const held = trials.reduce((total, trial) => total + trial.generator.bytesPerStream * openStreams(trial), 0);
  const canary = all[0]?.canaryP99Us;
  return {
    workers: sum(({ workers }) => workers),
    cpuNs: sum(({ cpuNs }) => cpuNs),
    cpuNsPerDelivery: sum(({ cpuNs }) => cpuNs) / Math.max(1, delivered),
    rssBytes: sum(({ rssBytes }) => rssBytes),
    bytesPerStream: held / Math.max(1, streams),
    badWindows: Math.max(...all.map(({ badWindows }) => badWindows)),
    ...(canary === undefined ? {} : { canaryP99Us: canary }),
  };
}

/** Seconds of all shards by their time from the common start. What only the coordinator sees of the server stays its. */
function windowsOf(results: readonly ShardResult[]): Window[] {
  const parts = results.flatMap(({ index, trial, delivery }) =>
    trial.windows.map((window) => ({
      index,
      window,
      hdrV2: delivery.find(({ t }) => t === window.t)?.hdrV2,
    })),
  );
  return [...Map.groupBy(parts, ({ window }) => window.t)]
    .sort(([a], [b]) => a - b)
    .map(([t, here]): Window => {
      const windows = here.map(({ window }) => window);
      const sum = (of: (window: Window) => number): number => windows.reduce((total, window) => total + of(window), 0);
      const most = (of: (window: Window) => number | null): number | null =>
        windows.reduce<number | null>(
          (top, window) => (of(window) === null ? top : Math.max(top ?? 0, of(window) ?? 0)),
          null,
        );
      const first = here.find(({ index }) => index === 0)?.window ?? (windows[0] as Window);
      return {
        t,
        phase: first.phase,
        streams: sum(({ streams }) => streams),
        offered: sum(({ offered }) => offered),
        delivered: sum(({ delivered }) => delivered),
        ...mergedSeconds(here.flatMap(({ hdrV2 }) => hdrV2 ?? [])),
        rss: first.rss,
        cpu: first.cpu,
        elu: most(({ elu }) => elu) ?? 0,
        psi: most(({ psi }) => psi),
        bad: windows.some(({ bad }) => bad),
      };
    });
}
