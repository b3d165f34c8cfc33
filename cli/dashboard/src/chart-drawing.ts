import uPlot from 'uplot';
import { drawBars } from './bars.ts';
import { chartOptions, resolveColours } from './chart-options.ts';
import type { LiveUsage } from './live-usage.ts';
import { type Columns, columnsFor, type UsageWindow } from './usage-window.ts';

/** The shortest time between two drawings for who wants less motion, in ms. */
const calmMs = 1000;

/** Draws a window of the usage into an element, frame by frame, whenever something has changed. */
export class ChartDrawing {
  readonly #usage: LiveUsage;
  readonly #window: UsageWindow;
  readonly #plot: uPlot;
  readonly #columns: Columns;
  readonly #marker = document.createElement('div');
  readonly #over = new AbortController();
  readonly #resizing: ResizeObserver;
  #frame = 0;
  #drawn = '';
  #drawnAtMs = Number.NEGATIVE_INFINITY;
  #calm = false;
  #selectedMs: number | undefined;

  constructor(element: HTMLElement, usage: LiveUsage, window: UsageWindow, { axes }: { readonly axes: boolean }) {
    this.#usage = usage;
    this.#window = window;
    this.#columns = columnsFor(window.bars);
    window.stackInto(this.#columns);
    const colours = resolveColours(element);
    const { clientWidth: width, clientHeight: height } = element;
    const options = chartOptions({
      width,
      height,
      axes,
      colours,
      draw: (plot) => drawBars(plot, this.#columns, colours),
    });
    this.#plot = new uPlot(options, this.#data, element);
    this.#marker.className = 'marker';
    this.#plot.over.append(this.#marker);
    this.#resizing = new ResizeObserver(() => {
      this.#plot.setSize({ width: element.clientWidth, height: element.clientHeight });
      this.#drawn = '';
    });
    this.#resizing.observe(element);
    this.#follow('(prefers-color-scheme: dark)', () => {
      Object.assign(colours, resolveColours(element));
      this.#plot.redraw();
    });
    this.#follow('(prefers-reduced-motion: reduce)', (matches) => {
      this.#calm = matches;
    });
    this.#frame = requestAnimationFrame(this.#onFrame);
  }

  /** Marks the bar at that time, in ms since 1970; undefined marks none. */
  select(timeMs: number | undefined): void {
    this.#selectedMs = timeMs;
    this.#mark();
  }

  /** The time under a pointer, in ms since 1970. @param clientX as pointer events have it */
  timeAt(clientX: number): number {
    return this.#plot.posToVal(clientX - this.#plot.over.getBoundingClientRect().left, 'x') * 1000;
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#over.abort();
    this.#resizing.disconnect();
    this.#plot.destroy();
  }

  /** What the chart is scaled to: the tops of the stacks. */
  get #data(): uPlot.AlignedData {
    const { starts, stacks } = this.#columns;
    return [starts, stacks.at(-1) ?? []];
  }

  get #spanMs(): number {
    return this.#window.barMs * (this.#window.bars - 1);
  }

  readonly #onFrame = (frameMs: number): void => {
    this.#frame = requestAnimationFrame(this.#onFrame);
    if (this.#calm && frameMs - this.#drawnAtMs < calmMs) return;
    const { nowMs } = this.#usage;
    this.#window.moveTo(nowMs);
    // Time alone changes the picture only when it is worth a pixel.
    const msPerPixel = this.#spanMs / Math.max(1, this.#plot.bbox.width);
    const picture = `${this.#window.version} ${Math.floor(nowMs / msPerPixel)}`;
    if (picture === this.#drawn) return;
    this.#drawn = picture;
    this.#drawnAtMs = frameMs;
    this.#window.stackInto(this.#columns);
    this.#plot.batch(() => {
      this.#plot.setData(this.#data, false);
      this.#plot.setScale('x', { min: (nowMs - this.#spanMs) / 1000, max: nowMs / 1000 });
    });
    this.#mark();
  };

  #mark(): void {
    const { barMs } = this.#window;
    const bar = this.#selectedMs === undefined ? undefined : this.#window.barAt(this.#selectedMs);
    this.#marker.hidden = bar === undefined;
    if (!bar) return;
    const [left, right] = [bar.startMs, bar.startMs + barMs].map((ms) => this.#plot.valToPos(ms / 1000, 'x'));
    this.#marker.style.transform = `translateX(${left}px)`;
    this.#marker.style.width = `${Math.max(2, (right ?? 0) - (left ?? 0))}px`;
  }

  /** Tells whether a media query holds, now and whenever that changes. */
  #follow(query: string, tell: (matches: boolean) => void): void {
    const list = matchMedia(query);
    tell(list.matches);
    list.addEventListener('change', () => tell(list.matches), { signal: this.#over.signal });
  }
}
