import type { BenchResult, Trial, Window } from '@ssert/bench';
import { figure } from '../../html/chart.ts';
import type { Markup } from '../../html/markup.ts';
import { countText, shareText, sizeText, timeText } from '../figures.ts';
import { coarser, overTime, secondOf } from './seconds.ts';

/** One trial second by second, a long one in longer steps; what must not be trusted is shaded. */
export function timeFigures(trial: Trial): Markup[] {
  const { windows, stepS } = coarser(trial.windows);
  if (windows.length < 2) return [];
  const latencies = windows
    .flatMap(({ p50, p99 }) => [p50, p99])
    .filter((value) => value !== null && value >= 1) as number[];
  const rates = windows.flatMap(({ offered, delivered }) => [offered, delivered]);
  const busy = windows.flatMap(({ cpu, elu }) => [cpu ?? 0, elu]);
  const sizes = windows.flatMap(({ rss }) => rss ?? []);
  const line = (of: (window: Window) => number | null): [number, number][] =>
    windows.map((window) => [secondOf(window), of(window) ?? Number.NaN]);
  const shared = overTime(windows, stepS);
  const lengthS = windows.length * stepS;
  const steps = stepS === 1 ? 'second by second' : `every ${stepS} s, the worst of each`;
  return [
    ...(latencies.length === 0
      ? []
      : [
          figure(
            `Delivery, ${steps}`,
            {
              ...shared,
              label: `p50 and p99 of delivery over ${lengthS} s, at most ${timeText(Math.max(...latencies))}`,
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
            label: `Resident memory of the server over ${lengthS} s, at most ${sizeText(Math.max(...sizes))}`,
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
  const { scenario = {}, x } = trial;
  const { windows, stepS } = coarser(trial.windows);
  const back = Object.entries(scenario).flatMap(([name, value]) => {
    const share = /^backAt(\d+)Ms$/.exec(name)?.[1];
    return share !== undefined && typeof value === 'number' ? `${share} % after ${timeText(value * 1000)}` : [];
  });
  return figure(
    'Streams that are open',
    {
      label: `Open streams over ${windows.length * stepS} s, at least ${countText(Math.min(...windows.map(({ streams }) => streams)))} of ${countText(x)}`,
      ...overTime(windows, stepS),
      y: {
        scale: 'linear',
        from: 0,
        to: Math.max(x, ...windows.map(({ streams }) => streams)),
        text: countText,
        ticks: 4,
      },
      lines: [{ hue: 'one', points: windows.map((window) => [secondOf(window), window.streams]) }],
    },
    back.length === 0 ? {} : { note: `Back: ${back.join(', ')}.` },
  );
}
