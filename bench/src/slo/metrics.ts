import { percentileOf } from '../histogram/histogram.ts';
import { type BenchTarget, type HistogramName, histogramNames, type Trial } from '../results/bench-result.ts';

type Mode = BenchTarget['mode'];

/** Something that an objective can speak of. */
export interface Metric {
  readonly name: string;
  /** What a limit is given in: µs, bytes, shares from 0 to 1 or plain numbers inside. */
  readonly unit: 'time' | 'bytes' | 'share' | 'number';
  readonly meaning: string;
  /** Who must stamp the intended time for it. */
  readonly modes: readonly Mode[];
  /** It comes from the server's process. */
  readonly process?: true;
  /** Undefined where the trial has not measured it. */
  read(trial: Trial): number | undefined;
}

const everyMode: readonly Mode[] = ['published', 'paced', 'opaque'];
const stamped: readonly Mode[] = ['published', 'paced'];

const histogramModes: Readonly<Record<HistogramName, readonly Mode[]>> = {
  connect: everyMode,
  ttfh: everyMode,
  ttfe: everyMode,
  delivery: stamped,
  publishLag: ['published'],
  publishAck: ['published'],
  skew: everyMode,
  gap: everyMode,
};

const share = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);

/** What can be written beside `p99(delivery)` and its like. */
export const metrics: readonly Metric[] = [
  {
    name: 'loss',
    unit: 'share',
    meaning: 'events that never came, of those expected',
    modes: stamped,
    read: ({ counts }) => share(counts.lost + counts.lostAcrossReconnect, counts.expected),
  },
  {
    name: 'loss.connected',
    unit: 'share',
    meaning: 'the same, without what clients lack because they were away and came back',
    modes: stamped,
    read: ({ counts }) => share(counts.lost, counts.expected),
  },
  {
    name: 'delivered',
    unit: 'share',
    meaning: 'events that came, of those expected',
    modes: stamped,
    read: ({ counts }) => share(counts.delivered, counts.expected),
  },
  {
    name: 'duplicate',
    unit: 'share',
    meaning: 'events that came twice, of those expected',
    modes: stamped,
    read: ({ counts }) => share(counts.duplicate, counts.expected),
  },
  {
    name: 'reordered',
    unit: 'share',
    meaning: 'events that came behind later ones, of those expected',
    modes: stamped,
    read: ({ counts }) => share(counts.reordered, counts.expected),
  },
  {
    name: 'corrupt',
    unit: 'share',
    meaning: 'events whose data was changed, of those expected',
    modes: stamped,
    read: ({ counts }) => share(counts.corrupt, counts.expected),
  },
  {
    name: 'connect.ok',
    unit: 'share',
    meaning: 'streams that opened, of those tried; where clients leave and come, of all connects',
    modes: everyMode,
    read: ({ connects }) => share(connects.ok, connects.attempted),
  },
  {
    name: 'connect.dropped',
    unit: 'share',
    meaning: 'streams that the server ended, of those that opened',
    modes: everyMode,
    read: ({ connects }) => share(connects.dropped, connects.ok),
  },
  {
    name: 'fairness.jain',
    unit: 'number',
    meaning: "Jain's index over the streams; 1 is equal",
    modes: stamped,
    read: ({ fairness }) => fairness?.jain,
  },
  {
    name: 'fairness.worst1pct',
    unit: 'time',
    meaning: 'p99 of delivery over the worst 1 % of the streams',
    modes: stamped,
    read: ({ fairness }) => fairness?.worst1pctUs,
  },
  {
    name: 'server.rss',
    unit: 'bytes',
    meaning: 'memory of the server',
    modes: everyMode,
    process: true,
    read: ({ server }) => server?.rssBytes,
  },
  {
    name: 'server.rssPerStream',
    unit: 'bytes',
    meaning: 'memory of the server per stream',
    modes: everyMode,
    process: true,
    read: ({ server }) => server?.rssBytesPerStream,
  },
  {
    name: 'server.cpuPerDelivery',
    unit: 'time',
    meaning: 'time on a CPU per delivery',
    modes: stamped,
    process: true,
    read: ({ server }) => server && server.cpuNsPerDelivery / 1000,
  },
  {
    name: 'server.fds',
    unit: 'number',
    meaning: 'open file descriptors of the server',
    modes: everyMode,
    process: true,
    read: ({ server }) => server?.fds,
  },
];

/** The metric of that name; undefined where there is none. `max(ttfh)` is p100. */
export function metricNamed(name: string): Metric | undefined {
  const match = /^(?:p(\d{1,3}(?:\.\d+)?)|max)\((\w+)\)$/.exec(name);
  if (!match) return metrics.find((metric) => metric.name === name);
  const histogram = histogramNames.find((one) => one === match[2]);
  const percent = Number(match[1] ?? 100);
  if (histogram === undefined || percent <= 0 || percent > 100) return undefined;
  return {
    name,
    unit: 'time',
    meaning: `what ${percent} % of ${histogram} times do not exceed`,
    modes: histogramModes[histogram],
    read: ({ hist }) => {
      const record = hist[histogram];
      return record && percentileOf(record, percent);
    },
  };
}
