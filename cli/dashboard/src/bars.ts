import type uPlot from 'uplot';
import type { ChartColours } from './chart-options.ts';
import type { Columns } from './usage-window.ts';

/** From this width on, bars have a gap, in pixels of the canvas. */
const gapFrom = 4;

/** Fills the bars of a plot: rectangles on whole pixels, which a canvas fills fastest and without seams. */
export function drawBars(plot: uPlot, { starts, stacks }: Columns, { places }: ChartColours): void {
  const { ctx, bbox } = plot;
  const right = bbox.left + bbox.width;
  const xOf = (seconds: number): number => Math.round(plot.valToPos(seconds, 'x', true));
  const yOf = (value: number): number => Math.round(plot.valToPos(value, 'y', true));
  const barSeconds = (starts[1] ?? 0) - (starts[0] ?? 0);
  const edges = Array.from(starts, xOf);
  edges.push(xOf((starts.at(-1) ?? 0) + barSeconds));
  ctx.save();
  for (const [place, stack] of stacks.entries()) {
    const below = stacks[place - 1];
    ctx.fillStyle = places[place] ?? '';
    for (const [index, top] of stack.entries()) {
      const bottom = below?.[index] ?? 0;
      if (top === bottom) continue;
      const from = Math.max(bbox.left, edges[index] ?? 0);
      const to = Math.min(right, edges[index + 1] ?? 0);
      const y = yOf(top);
      const gap = to - from >= gapFrom ? 1 : 0;
      if (to > from) ctx.fillRect(from, y, to - from - gap, yOf(bottom) - y);
    }
  }
  ctx.restore();
}
