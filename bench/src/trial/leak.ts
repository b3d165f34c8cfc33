import { sleep } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { canaryStreams } from '../engine/share-out.ts';
import { publishConnections } from '../publisher/publisher.ts';
import type { Trial } from '../results/bench-result.ts';
import { countedRssBytesOf, openFiles } from '../server-use/process-figures.ts';
import type { Load } from '../settings.ts';
import { leakVerdict } from '../statistics/leak.ts';
import { trendOf } from '../statistics/trend.ts';
import { noted } from './noted.ts';
import type { Tell } from './progress.ts';

/**
 * Looks at the server a while after each cycle's streams were closed: what is left in the second that was not in the
 * first has leaked.
 * @returns puts what was found into a trial
 */
export function restAndLook(
  serverPids: () => readonly number[],
  openStreams: (() => Promise<number>) | undefined,
  load: Load,
  signal: AbortSignal | undefined,
  tell: Tell,
): (trial: Trial) => Promise<Trial> {
  const baselineFds = openFiles(serverPids());
  const cycles: { rssBytes: number; fds: number; connects: number }[] = [];
  return async (trial) => {
    tell({ kind: 'note', message: `all streams are closed; in ${load.restMs / 1000} s what is left is counted` });
    await sleep(systemClock, load.restMs, signal);
    const rssBytes = countedRssBytesOf(serverPids());
    const counted = await openStreams?.().catch(() => undefined);
    const looked = counted === undefined ? trial : noted(trial, { countedAfterRest: counted });
    // The canary's are in no count of a trial.
    const connects =
      Number(trial.scenario?.connects ?? trial.connects.attempted) + Math.min(canaryStreams, load.streams);
    const left = openFiles(serverPids()) - baselineFds;
    // Connections over which we published may still be open: so many files are no leak.
    cycles.push({ rssBytes, fds: baselineFds + (left > publishConnections ? left : 0), connects });
    const series = inMeasure(trial);
    const { leaks, reasons } = leakVerdict(series.values.length > 3 ? [series] : [], { baselineFds, cycles });
    if (!leaks) return cycles.length < 2 ? looked : noted(looked, { leaks: 'none seen' });
    const [one, two] = cycles;
    const grown = (one && two ? two.rssBytes - one.rssBytes : during(series)) / Math.max(1, connects);
    const finding = { name: 'leaks', count: Math.max(1, Math.round(grown)), sentence: reasons.join('; ') } as const;
    return { ...looked, findings: [...(trial.findings ?? []), finding] };
  };
}

/** Bytes by which memory grew in the measured phase. */
function during({ timesS, values }: ReturnType<typeof inMeasure>): number {
  return trendOf(timesS, values).slope * ((timesS.at(-1) ?? 0) - (timesS[0] ?? 0));
}

/** Memory of the server in the measured phase, as the leak verdict wants it. */
function inMeasure({ windows }: Trial): {
  readonly resource: 'rss';
  readonly timesS: number[];
  readonly values: number[];
  readonly streams: number[];
} {
  const seen = windows.filter(({ phase, rss }) => phase === 'measure' && rss !== null);
  return {
    resource: 'rss',
    timesS: seen.map(({ t }) => t / 1000),
    values: seen.map(({ rss }) => rss ?? 0),
    streams: seen.map(({ streams }) => streams),
  };
}
