import type uPlot from 'uplot';
import { formatCount } from './format.ts';
import { niceMaximum } from './nice-maximum.ts';
import { namedModels } from './usage-window.ts';

/** As a canvas takes them. */
export interface ChartColours {
  ink: string;
  line: string;
  /** Of each place of a window. */
  places: readonly string[];
}

/** The page's colours as they are in its theme now. */
export function resolveColours(element: HTMLElement): ChartColours {
  const probe = document.createElement('span');
  element.append(probe);
  const resolve = (name: string): string => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    ink: resolve('--quiet'),
    line: resolve('--line'),
    places: Array.from({ length: namedModels + 1 }, (_, place) => resolve(`--place-${place}`)),
  };
  probe.remove();
  return colours;
}

/** Axes for bars over time; the bars are drawn by `draw`, as uPlot's own are paths, which take many times as long. */
export function chartOptions(chart: {
  readonly width: number;
  readonly height: number;
  readonly axes: boolean;
  readonly colours: ChartColours;
  readonly draw: (plot: uPlot) => void;
}): uPlot.Options {
  const { width, height, axes, colours, draw } = chart;
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis: uPlot.Axis = {
    stroke: () => colours.ink,
    font,
    grid: { stroke: () => colours.line, width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    padding: axes ? [8, 18, 0, 0] : [2, 0, 2, 0],
    legend: { show: false },
    cursor: { show: false },
    select: { show: false, left: 0, top: 0, width: 0, height: 0 },
    scales: { x: { time: true }, y: { range: (_, __, max) => [0, niceMaximum(max)] } },
    axes: axes
      ? [
          { ...axis, size: 22, gap: 4, space: 64, grid: { show: false }, values: timesOfDay },
          { ...axis, size: axisWidth, gap: 6, space: 36, values: (_, splits) => splits.map(formatTick) },
        ]
      : [{ show: false }, { show: false }],
    series: [{}, { paths: () => null, points: { show: false } }],
    hooks: { draw: [draw] },
  };
}

/** As wide as the longest label, and the same for all small ones: the bars do not jump sideways. */
function axisWidth(plot: uPlot, labels: string[] | null): number {
  plot.ctx.font = plot.axes[0]?.font?.[0] ?? plot.ctx.font;
  const widest = Math.max(0, ...(labels ?? []).map((label) => plot.ctx.measureText(label).width));
  return Math.max(28, Math.ceil(widest / devicePixelRatio) + 10);
}

function timesOfDay(_: uPlot, splits: number[]): string[] {
  return splits.map((seconds) => clockTime.format(seconds * 1000));
}

const clockTime = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });

function formatTick(value: number): string {
  return value > 0 && value < 10 ? String(value) : formatCount(value);
}
