import type { Contender } from './contenders.ts';
import { floor, ours } from './contenders.ts';
import type { Figure, Samples } from './figures.ts';
import { goals, type Verdict } from './goals.ts';
import { medianOf, medianRatio } from './ratio.ts';

interface Row {
  readonly figure: Figure;
  readonly title: string;
  /** The figure by itself, with its unit. */
  readonly absolute: (value: number) => string;
  /** How its ratio to the floor is written; without, it has none that means anything. */
  readonly relative?: (ratio: number) => string;
}

const times = (ratio: number): string => `${ratio.toFixed(2)}x`;
const percent = (ratio: number): string => `${Math.round(ratio * 100)} %`;
const thousands = (value: number): string => `${(value / 1000).toFixed(value < 10_000 ? 1 : 0)}k/s`;

const rows: readonly Row[] = [
  {
    figure: 'cpuUsPerDelivery',
    title: 'CPU per delivery, each event alone',
    absolute: (us) => `${us.toFixed(2)} µs`,
    relative: times,
  },
  {
    figure: 'p50Us',
    title: 'p50 latency, the same',
    absolute: (us) => `${(us / 1000).toFixed(1)} ms`,
    relative: times,
  },
  {
    figure: 'closedLoop1PerSecond',
    title: 'deliveries/s, closed loop, 1 outstanding',
    absolute: thousands,
    relative: percent,
  },
  {
    figure: 'closedLoop8PerSecond',
    title: 'deliveries/s, closed loop, 8 outstanding',
    absolute: thousands,
    relative: percent,
  },
  {
    figure: 'sustainedPerSecond',
    title: 'deliveries/s, open loop, p99 < 1 s',
    absolute: thousands,
    relative: percent,
  },
  {
    figure: 'idleRssBytes',
    title: 'RSS per idle stream',
    absolute: (bytes) => `${(bytes / 1024).toFixed(1)} KB`,
  },
  {
    figure: 'stalledGrowthBytes',
    title: 'RSS growth by 10 % stalled readers',
    absolute: (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MB`,
  },
  { figure: 'stalledP99Ratio', title: 'p99 of the healthy beside it, to undisturbed', absolute: times },
  { figure: 'opensPerSecond', title: 'streams opened a second', absolute: thousands, relative: percent },
  { figure: 'gzipCpuRatio', title: 'CPU per delivery with gzip, to plain', absolute: times },
];

function cell({ figure, absolute, relative }: Row, name: string, samples: Samples): string {
  const value = medianOf(samples.of(name, figure));
  if (value === undefined) return '';
  const ratio = name === floor.name ? undefined : medianRatio(samples.of(name, figure), samples.of(floor.name, figure));
  return relative === undefined || ratio === undefined ? absolute(value) : `${relative(ratio)} (${absolute(value)})`;
}

const words: Readonly<Record<Verdict, string>> = {
  met: 'met',
  'not met': '**not met**',
  'not measured': 'not measured',
};

/** A Markdown table of what was measured: a row for each figure, a column for each server. */
export function table(contenders: readonly Contender[], samples: Samples): string {
  const others = contenders.filter(({ name }) => name !== ours.name);
  const shown = [...contenders.filter(({ name }) => name === ours.name), ...others];
  const head = ['', 'goal of ssert', '', ...shown.map(({ title }) => title)];
  const body = rows.map((row) => {
    const ofRow = goals.filter(({ figure }) => figure === row.figure);
    return [
      row.title,
      ofRow.map(({ text }) => text).join('; '),
      ofRow.map(({ verdict }) => words[verdict(samples, contenders)]).join('; '),
      ...shown.map(({ name }) => cell(row, name, samples)),
    ];
  });
  const widths = head.map((_, column) => Math.max(3, ...[head, ...body].map((line) => line[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}
