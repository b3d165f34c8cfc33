import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { ChartDrawing } from './chart-drawing.ts';
import { formatCount, formatRate, formatTime } from './format.ts';
import type { LiveUsage } from './live-usage.ts';
import { modelName } from './model-name.ts';
import type { Range } from './ranges.ts';
import type { Bar, ModelTotal } from './usage-window.ts';

interface ChartProps {
  readonly usage: LiveUsage;
  readonly range: Range;
  readonly totals: readonly ModelTotal[];
}

/** How far each key moves in the chart, in bars. */
const steps: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

/** The usage over the range, where each bar can be read by pointer and keyboard. */
export function UsageChart({ usage, range, totals }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const drawing = useRef<ChartDrawing>(undefined);
  const [selectedMs, setSelectedMs] = useState<number>();
  useEffect(() => {
    drawing.current = new ChartDrawing(place.current as HTMLDivElement, usage, usage.range, { axes: true });
    return () => drawing.current?.destroy();
  }, [usage]);
  useEffect(() => drawing.current?.select(selectedMs));

  const { startMs, barMs, bars } = usage.range;
  const lastMs = startMs + (bars - 1) * barMs;
  const bar = selectedMs === undefined ? undefined : usage.range.barAt(selectedMs);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') setSelectedMs(undefined);
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setSelectedMs(Math.min(lastMs, Math.max(startMs, (bar?.startMs ?? lastMs) + step * barMs)));
  };
  const onPointer = (event: PointerEvent): void => setSelectedMs(drawing.current?.timeAt(event.clientX));

  return (
    <figure className="usage card">
      <figcaption>
        <h2>Credits per second</h2>
        <p className="readout">
          {bar ? (
            <BarReadout bar={bar} barMs={barMs} totals={totals} />
          ) : (
            `Over ${range.words}, by model. Point at a bar, or move through them with the arrow keys.`
          )}
        </p>
      </figcaption>
      <div
        className="chart"
        ref={place}
        role="slider"
        tabIndex={0}
        aria-label={`Credits per second over ${range.words}`}
        aria-orientation="horizontal"
        aria-valuemin={1}
        aria-valuemax={bars}
        aria-valuenow={Math.round(((bar?.startMs ?? lastMs) - startMs) / barMs) + 1}
        aria-valuetext={bar ? barText(bar, barMs, totals) : 'no bar chosen'}
        onKeyDown={onKeyDown}
        onPointerMove={onPointer}
        onPointerDown={onPointer}
        onPointerLeave={() => setSelectedMs(undefined)}
        onBlur={() => setSelectedMs(undefined)}
      />
    </figure>
  );
}

function BarReadout({ bar, barMs, totals }: { bar: Bar; barMs: number; totals: readonly ModelTotal[] }) {
  return (
    <>
      <strong>{formatTime(bar.startMs)}</strong> {formatRate((sumOf(bar) * 1000) / barMs)} credits/s
      {shownIn(bar, totals).map(({ place, name, credits }) => (
        <span key={place} className="part" data-place={place}>
          {name} {formatCount(credits)}
        </span>
      ))}
    </>
  );
}

function barText(bar: Bar, barMs: number, totals: readonly ModelTotal[]): string {
  const parts = shownIn(bar, totals).map(({ name, credits }) => `${name} ${formatCount(credits)} credits`);
  const perSecond = `${formatRate((sumOf(bar) * 1000) / barMs)} credits per second`;
  return [formatTime(bar.startMs), perSecond, ...parts].join(', ');
}

/** The models of a bar, in the order of the totals. */
function shownIn({ credits }: Bar, totals: readonly ModelTotal[]) {
  return totals
    .map(({ place, model }) => ({ place, name: modelName(model), credits: credits[place] ?? 0 }))
    .filter((one) => one.credits > 0);
}

function sumOf({ credits }: Bar): number {
  return credits.reduce((sum, one) => sum + one, 0);
}

/** The last minute by the second: small, without axes. */
export function NowChart({ usage }: { readonly usage: LiveUsage }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const drawing = new ChartDrawing(place.current as HTMLDivElement, usage, usage.now, { axes: false });
    return () => drawing.destroy();
  }, [usage]);
  return <div className="spark" ref={place} aria-hidden="true" />;
}
