import { type BenchResult, percentilesOf, type Trial } from '@ssert/bench';
import { figure, type Hue } from '../../html/chart.ts';
import type { Markup } from '../../html/markup.ts';
import { countText, timeText } from '../figures.ts';

const hues: readonly Hue[] = ['four', 'three', 'two', 'one'];
/** Ten steps for each nine: from the fastest half to 99.999 %. */
const steps = Array.from({ length: 51 }, (_, at) => at / 10);

/** Every percentile of delivery at a few loads, the rare ones as wide as the common ones. */
export function spectrumFigure(result: BenchResult): Markup | undefined {
  const trials = chosen(result);
  const lines = trials.map((trial, at) => ({
    trial,
    hue: hues[at + hues.length - trials.length] as Hue,
    points: pointsOf(trial),
  }));
  const heights = lines.flatMap(({ points }) => points.map(([, y]) => y)).filter(Number.isFinite);
  if (heights.length === 0) return undefined;
  const [from, to] = [Math.min(...heights), Math.max(...heights)];
  return figure(
    'Percentiles of delivery',
    {
      label: `Delivery by percentile at ${trials.map(({ x }) => countText(x)).join(', ')}: from ${timeText(from)} to ${timeText(to)}`,
      x: { scale: 'linear', from: 0, to: 5, text: percentText },
      y: { scale: 'log', from: Math.max(1, from), to, text: timeText, ticks: 4 },
      lines: lines.map(({ hue, points }) => ({ hue, points })),
      readings: steps.slice(1).map((step) => ({
        from: step - 0.1,
        to: step,
        title: lines
          .map(
            ({ trial, points }) => `${countText(trial.x)}: ${timeText(points.find(([x]) => x === step)?.[1] ?? null)}`,
          )
          .toReversed()
          .concat(`at ${Number((100 * (1 - 10 ** -step)).toPrecision(6))} %`)
          .toReversed()
          .join('\n'),
      })),
    },
    {
      legend: lines.map(({ trial, hue }) => [hue, countText(trial.x)] as const).toReversed(),
      note: 'Over all that was expected: a line ends where what never came begins.',
    },
  );
}

/** The lowest load, half of the answer, the answer and what failed; the middle trial of each. */
function chosen({ trials, capacity, verdict }: BenchResult): Trial[] {
  const usable = trials.filter(({ hist, validity }) => validity !== 'invalid' && (hist.delivery?.count ?? 0) > 0);
  const loads = [...new Set(usable.map(({ x }) => x))].sort((a, b) => a - b);
  const answer = verdict.validity === 'invalid' ? loads.at(-1) : (capacity?.lo ?? loads.at(-1));
  if (answer === undefined) return [];
  const half = loads.findLast((x) => x <= 0.6 * answer);
  const wanted = new Set([loads[0], half, answer, capacity?.hi ?? undefined]);
  return loads
    .filter((x) => wanted.has(x))
    .flatMap((x) => {
      const here = usable.filter((trial) => trial.x === x);
      const sorted = here.toSorted((a, b) => (a.hist.delivery?.p50 ?? 0) - (b.hist.delivery?.p50 ?? 0));
      return sorted[Math.floor((sorted.length - 1) / 2)] ?? [];
    });
}

function pointsOf({ hist: { delivery } }: Trial): [number, number][] {
  if (delivery === undefined) return [];
  // Beyond one event in all that there were nothing is known.
  const known = steps.filter((step) => step <= Math.log10(Math.max(1, delivery.count + delivery.missing)));
  const percents = known.map((step) => 100 * (1 - 10 ** -step));
  return percentilesOf(delivery, percents).map((value, at): [number, number] => [known[at] as number, value]);
}

function percentText(nines: number): string {
  if (nines === 0) return '0 %';
  return `${Number((100 * (1 - 10 ** -nines)).toPrecision(nines + 1))} %`;
}
