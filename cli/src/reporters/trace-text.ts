import { sparkline, table } from '@ssert/simulator';
import type { TraceStatistics } from './trace-statistics.ts';

/** A trace for a terminal: the statistics beside a Poisson process's, and plots of both. */
export function traceText({ source, rows, plots }: TraceStatistics): string {
  const drawn = plots.flatMap(({ trace: { title, bars, most }, poisson }) => [
    '',
    title,
    `  ${sparkline(bars, most)}`,
    `  ${sparkline(poisson.bars, most)}  Poisson`,
  ]);
  return [table([['', source, 'Poisson'], ...rows]), ...drawn].join('\n');
}
