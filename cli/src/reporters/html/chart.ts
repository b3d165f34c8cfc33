import { type AxisOptions, axisOf } from './axis.ts';
import { type Markup, markup } from './markup.ts';

/** A colour of the charts: `one` to `four` tell series apart, the others mean something. */
export type Hue = 'one' | 'two' | 'three' | 'four' | 'limit' | 'quiet';

type Point = readonly [x: number, y: number];

/** What a chart shows, in values; it is laid out to the width that the page has. */
export interface Chart {
  /** For those who cannot see it: what it shows and what one would read from it. */
  readonly label: string;
  readonly x: AxisOptions;
  readonly y: AxisOptions;
  readonly lines?: readonly { readonly hue: Hue; readonly points: readonly Point[]; readonly dashed?: boolean }[];
  readonly areas?: readonly {
    readonly hue: Hue;
    readonly points: readonly (readonly [x: number, low: number, high: number])[];
  }[];
  readonly dots?: readonly {
    readonly hue: Hue;
    readonly at: Point;
    readonly title: string;
    readonly hollow?: boolean;
  }[];
  /** Parts of the x axis that are shaded. */
  readonly spans?: readonly {
    readonly kind: 'answer' | 'bad' | 'aside';
    readonly from: number;
    readonly to: number;
    readonly title: string;
  }[];
  /** Lines across, such as an objective's limit. */
  readonly limits?: readonly { readonly value: number; readonly text: string }[];
  /** Lines from top to bottom. */
  readonly marks?: readonly { readonly x: number; readonly text: string }[];
  /** What the pointer is told over parts of the x axis. */
  readonly readings?: readonly { readonly from: number; readonly to: number; readonly title: string }[];
}

const height = 220;
const top = 14;
const bottom = 24;
const inner = height - top - bottom;

/**
 * A chart as SVG without a fixed width: what stretches lies in a picture of its own, and text, dots and ticks, which must
 * not, are placed in percent.
 */
export function chartMarkup(chart: Chart): Markup {
  // The values of the y axis stand within the picture, in front of what it shows.
  const [x, y] = [axisOf(chart.x, 0.11), axisOf(chart.y)];
  const percent = (value: number): string => `${(100 * x.place(value)).toFixed(2)}%`;
  const pixel = (value: number): string => (top + inner * (1 - y.place(value))).toFixed(1);
  const { lines = [], areas = [], dots = [], spans = [], limits = [], marks = [], readings = [] } = chart;
  const place = ([px, py]: Point): string =>
    `${(1000 * x.place(px)).toFixed(1)} ${(1000 * (1 - y.place(py))).toFixed(1)}`;
  const across = (from: number, to: number): Markup =>
    markup`x="${percent(from)}" width="${Math.max(0.15, 100 * (x.place(to) - x.place(from))).toFixed(2)}%" y="${top}" height="${inner}"`;
  return markup`<svg class="chart" role="img" aria-label="${chart.label}" width="100%" height="${height}">
${spans.map(({ kind, from, to, title }) => markup`<rect class="span ${kind}" ${across(from, to)}><title>${title}</title></rect>`)}
${y.ticks.map(({ at }) => markup`<line class="grid" x1="0" x2="100%" y1="${linePixel(at)}" y2="${linePixel(at)}"/>`)}
<svg y="${top}" width="100%" height="${inner}" viewBox="0 0 1000 1000" preserveAspectRatio="none">
${areas.map(({ hue, points }) => markup`<path class="area ${hue}" d="${areaPath(points, place)}"/>`)}
${lines.map(({ hue, points, dashed }) => markup`<path class="line ${hue}${dashed ? ' dashed' : ''}" d="${linePath(points, place)}"/>`)}
</svg>
${marks.map(({ x: at, text }) => markup`<line class="mark-line" x1="${percent(at)}" x2="${percent(at)}" y1="${top}" y2="${top + inner}"/><text class="mark-text" x="${percent(at)}" y="${top - 4}" text-anchor="${x.place(at) > 0.85 ? 'end' : 'middle'}">${text}</text>`)}
${limits.map(({ value, text }) => markup`<line class="limit" x1="0" x2="100%" y1="${pixel(value)}" y2="${pixel(value)}"/><text class="limit-text" x="11%" y="${pixel(value)}" dy="-5">${text}</text>`)}
${readings.map(({ from, to, title }) => markup`<rect class="reading" ${across(from, to)}><title>${title}</title></rect>`)}
${dots.map(({ hue, at, title, hollow }) => markup`<circle class="dot ${hue}${hollow ? ' hollow' : ''}" cx="${percent(at[0])}" cy="${pixel(at[1])}" r="3.5"><title>${title}</title></circle>`)}
${y.ticks.map(({ at, text }) => markup`<text class="tick-text" x="0" y="${linePixel(at)}" dy="-4">${text}</text>`)}
${x.ticks.map(({ at, text }) => markup`<text class="tick-text" x="${(100 * at).toFixed(2)}%" y="${height - 7}" text-anchor="${at < 0.06 ? 'start' : at > 0.94 ? 'end' : 'middle'}">${text}</text>`)}
</svg>`;
}

/** A chart with its heading, the meaning of its colours, and what it says. */
export function figure(
  title: string,
  chart: Chart,
  { legend = [], note }: { readonly legend?: readonly (readonly [Hue, string])[]; readonly note?: string } = {},
): Markup {
  return markup`<figure class="plot"><figcaption><b>${title}</b>${legend.map(
    ([hue, name]) =>
      markup` <span class="key"><svg width="14" height="8" aria-hidden="true"><line class="line ${hue}" x1="0" x2="14" y1="4" y2="4"/></svg> ${name}</span>`,
  )}</figcaption>
${chartMarkup(chart)}${note === undefined ? undefined : markup`<p class="note">${note}</p>`}</figure>
`;
}

function linePixel(at: number): string {
  return (top + inner * (1 - at)).toFixed(1);
}

/** Broken where a value is missing. */
function linePath(points: readonly Point[], place: (point: Point) => string): string {
  let pen = 'M';
  let path = '';
  for (const point of points) {
    if (Number.isFinite(point[1])) {
      path += `${pen}${place(point)}`;
      pen = 'L';
    } else pen = 'M';
  }
  return path;
}

function areaPath(points: readonly (readonly [number, number, number])[], place: (point: Point) => string): string {
  const upper = points.map(([x, , high]) => place([x, high]));
  const lower = points.map(([x, low]) => place([x, low])).reverse();
  return `M${[...upper, ...lower].join('L')}Z`;
}
