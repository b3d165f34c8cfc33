import { sparkline } from '@ssert/simulator';
import { table } from '../table.ts';
import { plotsOf, statisticRows } from './trace-statistics.ts';

/** A trace for a terminal: the statistics beside a Poisson process's, and plots of both. */
export function traceText(source: string, times: readonly number[], poisson: readonly number[]): string {
  const others = plotsOf(poisson);
  const plots = plotsOf(times).flatMap(({ title, bars, most }, at) => [
    '',
    title,
    `  ${sparkline(bars, most)}`,
    `  ${sparkline(others[at]?.bars ?? [], most)}  Poisson`,
  ]);
  return [table([['', source, 'Poisson'], ...statisticRows(times, poisson)]), ...plots].join('\n');
}
