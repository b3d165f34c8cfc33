import type { ComparedMetric, Comparison } from '@ssert/bench';
import { table } from '@ssert/simulator';
import type { Paint } from '../../terminal.ts';
import { countText, shareText, sizeText, timeText } from './figures.ts';

const words: Readonly<Record<ComparedMetric['verdict'], string>> = {
  better: 'better',
  worse: 'WORSE',
  same: 'same',
  'cannot-conclude': 'cannot conclude',
};

/** A comparison for a terminal. */
export function comparisonText({ capacity, x = 0, trials = [0, 0], metrics, notes }: Comparison, paint: Paint): string {
  const red = (text: string): string => text.replace(/WORSE$/gm, paint('red', 'WORSE'));
  const rows = metrics.map((metric) => {
    const show = textOf(metric.name);
    return [
      metric.name,
      show(metric.a),
      show(metric.b),
      metric.ratio === undefined ? '' : `× ${metric.ratio.toFixed(2)}`,
      metric.ci95 === undefined ? '' : `${metric.ci95[0].toFixed(2)} to ${metric.ci95[1].toFixed(2)}`,
      metric.p < 0.001 ? '< 0.001' : metric.p.toFixed(3),
      words[metric.verdict],
    ];
  });
  const side = (lo: number, ci95: readonly [number, number]): string =>
    `${countText(lo)} (${ci95.map((end) => countText(Math.round(end))).join(' to ')})`;
  const found =
    capacity &&
    `Capacity: A ${side(capacity.a, capacity.ci95[0])}, B ${side(capacity.b, capacity.ci95[1])}: ${words[capacity.verdict]}`;
  const figures =
    metrics.length === 0
      ? []
      : [
          `At a load of ${countText(x)}: ${trials[0]} trials of A, ${trials[1]} of B; medians`,
          table([['', 'A', 'B', 'B/A', '95 %', 'p', ''], ...rows]),
          'A change is told where its interval lies beyond 5 % and p, corrected for all rows, is below 0.05.',
        ];
  return [...(found ? [red(found)] : []), ...figures.map(red), ...notes.map((note) => `note: ${note}`)].join('\n');
}

function textOf(name: string): (value: number) => string {
  if (name === 'loss') return shareText;
  return /rss/.test(name) ? sizeText : timeText;
}
