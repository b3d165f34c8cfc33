import type { BenchResult, Trial, Window } from '@ssert/bench';
import { type Chart, figure } from '../../html/chart.ts';
import type { Markup } from '../../html/markup.ts';
import { countText, shareText, sizeText, timeText } from '../figures.ts';

/** One trial second by second; what must not be trusted is shaded. */
export function timeFigures({ windows }: Trial): Markup[] {
  if (windows.length < 2) return [];
  const latencies = windows
    .flatMap(({ p50, p99 }) => [p50, p99])
    .filter((value) => value !== null && value >= 1) as number[];
  const rates = windows.flatMap(({ offered, delivered }) => [offered, delivered]);
  const busy = windows.flatMap(({ cpu, elu }) => [cpu ?? 0, elu]);
  const sizes = windows.flatMap(({ rss }) => rss ?? []);
  const line = (of: (window: Window) => number | null): [number, number][] =>
    windows.map((window) => [secondOf(window), of(window) ?? Number.NaN]);
  const shared = { x: timeAxis(windows), spans: spansOf(windows), readings: windows.map(readingOf) };
  return [
    ...(latencies.length === 0
      ? []
      : [
          figure(
            'Delivery, second by second',
            {
              ...shared,
              label: `p50 and p99 of delivery over ${windows.length} s, at most ${timeText(Math.max(...latencies))}`,
              y: { scale: 'log', from: Math.min(...latencies), to: Math.max(...latencies), text: timeText, ticks: 4 },
              lines: [
                { hue: 'two', points: line(({ p50 }) => p50) },
                { hue: 'one', points: line(({ p99 }) => p99) },
              ],
            },
            {
              legend: [
                ['one', 'p99'],
                ['two', 'p50'],
              ],
            },
          ),
          figure(
            'Events per second',
            {
              ...shared,
              label: `Events offered and delivered per second, at most ${countText(Math.max(...rates))}`,
              y: { scale: 'linear', from: 0, to: Math.max(1, ...rates), text: countText, ticks: 4 },
              lines: [
                { hue: 'two', points: line(({ offered }) => offered), dashed: true },
                { hue: 'one', points: line(({ delivered }) => delivered) },
              ],
            },
            {
              legend: [
                ['one', 'delivered'],
                ['two', 'offered'],
              ],
            },
          ),
        ]),
    figure(
      'How busy both sides are',
      {
        ...shared,
        label: `Busy cores of the server and the busiest event loop of the generator, at most ${shareText(Math.max(...busy))}`,
        y: { scale: 'linear', from: 0, to: Math.max(1, ...busy), text: shareText, ticks: 4 },
        lines: [
          { hue: 'one', points: line(({ cpu }) => cpu) },
          { hue: 'two', points: line(({ elu }) => elu) },
        ],
      },
      {
        legend: [
          ['one', 'server, share of a core'],
          ['two', 'busiest loop of the generator'],
        ],
        note: 'Red: seconds that broke a limit of the self-check. Grey: ramp, settling and drain, which are not measured.',
      },
    ),
    ...(sizes.length === 0
      ? []
      : [
          figure('Memory of the server', {
            ...shared,
            label: `Resident memory of the server over ${windows.length} s, at most ${sizeText(Math.max(...sizes))}`,
            y: { scale: 'linear', from: 0, to: Math.max(...sizes), text: sizeText, ticks: 4 },
            lines: [{ hue: 'one', points: line(({ rss }) => rss) }],
          }),
        ]),
  ];
}

/** How streams come back after the server went away. */
export function recoveryFigure({ plan, trials }: BenchResult): Markup | undefined {
  const trial = plan.scenario === 'herd' ? trials.findLast(({ validity }) => validity !== 'invalid') : undefined;
  if (trial === undefined || trial.windows.length < 2) return undefined;
  const { windows, scenario = {}, x } = trial;
  const back = Object.entries(scenario).flatMap(([name, value]) => {
    const share = /^backAt(\d+)Ms$/.exec(name)?.[1];
    return share !== undefined && typeof value === 'number' ? `${share} % after ${timeText(value * 1000)}` : [];
  });
  return figure(
    'Streams that are open',
    {
      label: `Open streams over ${windows.length} s, at least ${countText(Math.min(...windows.map(({ streams }) => streams)))} of ${countText(x)}`,
      x: timeAxis(windows),
      y: {
        scale: 'linear',
        from: 0,
        to: Math.max(x, ...windows.map(({ streams }) => streams)),
        text: countText,
        ticks: 4,
      },
      lines: [{ hue: 'one', points: windows.map((window) => [secondOf(window), window.streams]) }],
      spans: spansOf(windows),
      readings: windows.map(readingOf),
    },
    back.length === 0 ? {} : { note: `Back: ${back.join(', ')}.` },
  );
}

function timeAxis(windows: readonly Window[]): Chart['x'] {
  const last = windows.at(-1) as Window;
  return { scale: 'linear', from: 0, to: secondOf(last) + 1, text: (value) => `${countText(value)} s` };
}

function secondOf({ t }: Window): number {
  return t / 1000;
}

function spansOf(windows: readonly Window[]): NonNullable<Chart['spans']> {
  return runsOf(windows, ({ bad, phase }) => (bad ? 'bad' : phase === 'measure' ? undefined : phase)).map(
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
  kindOf: (window: Window) => string | undefined,
): { kind: string; from: number; to: number }[] {
  const runs: { kind: string; from: number; to: number }[] = [];
  for (const window of windows) {
    const kind = kindOf(window);
    if (kind === undefined) continue;
    const last = runs.at(-1);
    if (last?.kind === kind && last.to === secondOf(window)) last.to += 1;
    else runs.push({ kind, from: secondOf(window), to: secondOf(window) + 1 });
  }
  return runs;
}

function readingOf(window: Window): NonNullable<Chart['readings']>[number] {
  const { p50, p99, delivered, offered, streams, cpu, elu, phase, bad } = window;
  const from = secondOf(window);
  return {
    from,
    to: from + 1,
    title: [
      `${countText(from)} s, ${phase}${bad ? ', bad' : ''}`,
      ...(p50 === null ? [] : [`p50 ${timeText(p50)}, p99 ${timeText(p99)}`]),
      `${countText(delivered)} of ${countText(offered)} delivered`,
      `${countText(streams)} streams`,
      `${cpu === null ? '' : `server ${shareText(cpu)}, `}loop ${shareText(elu)}`,
    ].join('\n'),
  };
}
