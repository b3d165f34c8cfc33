import type { Window } from '@ssert/bench';
import type { Chart } from '../../html/chart.ts';
import { countText, shareText, timeText } from '../figures.ts';

/** More steps than this nobody can see, and each has its reading. */
const mostSteps = 600;

/**
 * Windows for a chart: of a long trial several seconds in one, whose latencies are the worst of them, whose rates are per
 * second, and which is bad if one of them is.
 */
export function coarser(windows: readonly Window[]): { readonly windows: readonly Window[]; readonly stepS: number } {
  const stepS = Math.ceil(windows.length / mostSteps);
  if (stepS <= 1) return { windows, stepS: 1 };
  const steps = Map.groupBy(windows, (_, at) => Math.floor(at / stepS)).values();
  return { windows: [...steps].map(joined), stepS };
}

function joined(windows: readonly Window[]): Window {
  const first = windows[0] as Window;
  const most = (of: (window: Window) => number | null): number | null => {
    const known = windows.flatMap((window) => of(window) ?? []);
    return known.length === 0 ? null : Math.max(...known);
  };
  const mean = (of: (window: Window) => number): number =>
    Math.round(windows.reduce((sum, window) => sum + of(window), 0) / windows.length);
  return {
    ...first,
    streams: Math.min(...windows.map(({ streams }) => streams)),
    offered: mean(({ offered }) => offered),
    delivered: mean(({ delivered }) => delivered),
    p50: most(({ p50 }) => p50),
    p99: most(({ p99 }) => p99),
    rss: most(({ rss }) => rss),
    cpu: most(({ cpu }) => cpu),
    elu: most(({ elu }) => elu) ?? 0,
    psi: most(({ psi }) => psi),
    bad: windows.some(({ bad }) => bad),
  };
}

/** The x axis of windows, what is shaded along it, and what the pointer is told. @param stepS length of each */
export function overTime(windows: readonly Window[], stepS: number): Pick<Chart, 'x' | 'spans' | 'readings'> {
  const last = windows.at(-1) as Window;
  return {
    x: { scale: 'linear', from: 0, to: secondOf(last) + stepS, text: (value) => `${countText(value)} s` },
    spans: spansOf(windows, stepS),
    readings: windows.map((window) => readingOf(window, stepS)),
  };
}

/** When a window begins, s. */
export function secondOf({ t }: Window): number {
  return t / 1000;
}

function spansOf(windows: readonly Window[], stepS: number): NonNullable<Chart['spans']> {
  return runsOf(windows, stepS, ({ bad, phase }) => (bad ? 'bad' : phase === 'measure' ? undefined : phase)).map(
    ({ kind, from, to }) => ({
      kind: kind === 'bad' ? 'bad' : 'aside',
      from,
      to,
      title: kind === 'bad' ? 'broke a limit of the self-check' : kind,
    }),
  );
}

/** Neighbours of one kind as one stretch. */
function runsOf(
  windows: readonly Window[],
  stepS: number,
  kindOf: (window: Window) => string | undefined,
): { kind: string; from: number; to: number }[] {
  const runs: { kind: string; from: number; to: number }[] = [];
  for (const window of windows) {
    const kind = kindOf(window);
    if (kind === undefined) continue;
    const last = runs.at(-1);
    if (last?.kind === kind && last.to === secondOf(window)) last.to += stepS;
    else runs.push({ kind, from: secondOf(window), to: secondOf(window) + stepS });
  }
  return runs;
}

function readingOf(window: Window, stepS: number): NonNullable<Chart['readings']>[number] {
  const { p50, p99, delivered, offered, streams, cpu, elu, phase, bad } = window;
  const from = secondOf(window);
  return {
    from,
    to: from + stepS,
    title: [
      `${countText(from)} s, ${phase}${bad ? ', bad' : ''}`,
      ...(p50 === null ? [] : [`p50 ${timeText(p50)}, p99 ${timeText(p99)}`]),
      `${countText(delivered)} of ${countText(offered)} delivered`,
      `${countText(streams)} streams`,
      `${cpu === null ? '' : `server ${shareText(cpu)}, `}loop ${shareText(elu)}`,
    ].join('\n'),
  };
}
