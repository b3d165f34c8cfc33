import { type Description, describe, gapsOf, windowCounts } from '@ssert/simulator';

/** A trace beside a Poisson process of its rate, ready to be shown. */
export interface TraceStatistics {
  /** What the trace is called. */
  readonly source: string;
  readonly rows: readonly (readonly [name: string, trace: string, poisson: string])[];
  readonly plots: readonly { readonly trace: Plot; readonly poisson: Plot }[];
}

export function traceStatistics(source: string, times: readonly number[], poisson: readonly number[]): TraceStatistics {
  const [one, other] = [describe(times), describe(poisson)];
  const others = plotsOf(poisson, other);
  const plots = plotsOf(times, one).map((trace, at) => ({ trace, poisson: others[at] as Plot }));
  return { source, rows: statisticRows(one, other), plots };
}

function statisticRows(one: Description, other: Description): (readonly [string, string, string])[] {
  const number = (value: number): string =>
    Number.isFinite(value) ? value.toPrecision(3).replace(/e\+\d+$/, '') : '-';
  const percent = (value: number): string => (Number.isFinite(value) ? `${(100 * value).toFixed(1)} %` : '-');
  return [
    ['records', String(one.records), String(other.records)],
    ['span', `${one.spanS.toFixed(0)} s`, `${other.spanS.toFixed(0)} s`],
    ['records per second', number(one.ratePerS), number(other.ratePerS)],
    ['CV of gaps', number(one.gapVariation), number(other.gapVariation)],
    ...(['0.1', '1', '10', '60'] as const).map(
      (window) => [`IDC ${window} s`, number(one.dispersion[window]), number(other.dispersion[window])] as const,
    ),
    ['autocorrelation, 1 s', number(one.autocorrelation[0] ?? 0), number(other.autocorrelation[0] ?? 0)],
    ['empty seconds', percent(one.emptySeconds), percent(other.emptySeconds)],
    ['time in gaps over 10 s', percent(one.timeInLongGaps), percent(other.timeInLongGaps)],
    ['gaps under 10 ms', percent(one.shortGaps), percent(other.shortGaps)],
    ['peak / mean, 1 s', number(one.peakSecond), number(other.peakSecond)],
    ['peak / mean, 10 s', number(one.peakTenSeconds), number(other.peakTenSeconds)],
    ['Hurst exponent', number(one.hurst), number(other.hurst)],
    ['clock of 100 ms', number(one.clock100ms), number(other.clock100ms)],
  ];
}

/** A plot: what it shows, and a value from 0 up for each of its bars. */
export interface Plot {
  readonly title: string;
  readonly bars: readonly number[];
  /** The value of a full bar; absent: the highest. */
  readonly most?: number;
}

/** The course of a trace, its gaps, and how its seconds remember one another. */
function plotsOf(times: readonly number[], { autocorrelation }: Description): Plot[] {
  const spanS = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const windowS = spanS / 60;
  const gaps = new Array<number>(54).fill(0);
  for (const gap of gapsOf(times)) {
    const at = Math.min(gaps.length - 1, Math.max(0, Math.floor((Math.log10(Math.max(gap, 1e-9)) + 6) * 6)));
    gaps[at] = (gaps[at] ?? 0) + 1;
  }
  return [
    { title: `records per ${windowS.toPrecision(3)} s, from beginning to end`, bars: windowCounts(times, windowS) },
    { title: 'gaps from 1 µs to 1000 s, six bars for each power of ten', bars: gaps },
    {
      title: 'autocorrelation of the counts per second, lags of 1 to 10 s',
      bars: autocorrelation.map((one) => Math.max(0, one) || 0),
      most: 1,
    },
  ];
}
