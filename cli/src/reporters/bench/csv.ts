import { type BenchResult, histogramNames, type Trial } from '@ssert/bench';

type Cell = string | number | boolean | null | undefined;

/** A row for each trial. Times are µs, sizes bytes; a percentile that falls among what never came is empty. */
export function trialsCsv({ trials }: BenchResult): string {
  return csv(trials.map(trialRow));
}

/** A row for each second of each trial. */
export function windowsCsv({ trials }: BenchResult): string {
  return csv(trials.flatMap(({ x, rep, windows }) => windows.map((window) => ({ x, rep, ...window }))));
}

function trialRow(trial: Trial): Record<string, Cell> {
  const {
    x,
    rep,
    validity,
    settledAtMs,
    unstable,
    lowN,
    connects,
    counts,
    hist,
    p99Ci95,
    fairness,
    server,
    generator,
  } = trial;
  return {
    x,
    rep,
    validity,
    settledAtMs,
    unstable,
    lowN,
    ...prefixed('connect', connects),
    ...counts,
    ...Object.assign(
      {},
      ...histogramNames.map((name) => {
        const { p50, p90, p99, p999, max, count, missing } = hist[name] ?? {};
        return prefixed(name, { count, missing, p50, p90, p99, p999, max });
      }),
    ),
    'delivery.p99.low': p99Ci95?.[0],
    'delivery.p99.high': p99Ci95?.[1],
    ...prefixed('fairness', {
      jain: fairness?.jain,
      worst1pctUs: fairness?.worst1pctUs,
      positionBias: fairness?.positionBias,
    }),
    ...prefixed('server', {
      cpuNsPerDelivery: server?.cpuNsPerDelivery,
      rssBytes: server?.rssBytes,
      rssBytesPerStream: server?.rssBytesPerStream,
      kernelBytesPerStream: server?.kernelBytesPerStream,
      fds: server?.fds,
    }),
    ...prefixed('generator', { cpuNsPerDelivery: generator.cpuNsPerDelivery, badWindows: generator.badWindows }),
    reasons: trial.reasons.join('; '),
  };
}

function prefixed(prefix: string, cells: Readonly<Record<string, Cell>>): Record<string, Cell> {
  return Object.fromEntries(Object.entries(cells).map(([name, cell]) => [`${prefix}.${name}`, cell]));
}

/** RFC 4180; the first row names the columns. */
function csv(rows: readonly Readonly<Record<string, Cell>>[]): string {
  const names = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => names.map((name) => quoted(row[name])).join(','));
  return `${[names.join(','), ...lines].join('\r\n')}\r\n`;
}

function quoted(cell: Cell): string {
  const text = String(cell ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
