import type { Trial, Validity } from '../../src/index.ts';

/** One trial of one server, by its figures; a trial that is invalid has none. */
export interface PeerRound {
  readonly round: number;
  readonly name: string;
  readonly validity: Validity;
  /** Why it is suspect or invalid. */
  readonly reasons: readonly string[];
  readonly figures?: PeerFigures;
}

export interface PeerFigures {
  /** Of delivery, over what was expected; null where that one never came. */
  readonly p99Us: number | null;
  /** Share of what was expected. */
  readonly loss: number;
  readonly cpuNsPerDelivery: number;
  readonly rssBytesPerStream: number;
}

/** What a table shows of a trial: of an invalid one no figure, as the generator may have made it. */
export function peerRound(round: number, name: string, trial: Trial): PeerRound {
  const { validity, reasons, hist, counts, server, connects } = trial;
  const stands = { round, name, validity, reasons };
  if (validity === 'invalid') return stands;
  if (counts.expected === 0) return { ...stands, validity: 'invalid', reasons: [...reasons, nothingDue(connects)] };
  const figures = {
    p99Us: hist.delivery?.p99 ?? null,
    loss: counts.lost / counts.expected,
    cpuNsPerDelivery: server?.cpuNsPerDelivery ?? Number.NaN,
    rssBytesPerStream: server?.rssBytesPerStream ?? Number.NaN,
  };
  return { ...stands, figures };
}

function nothingDue({ ok, attempted }: Trial['connects']): string {
  return `no event was due: ${ok} of ${attempted} streams opened`;
}

/** The columns of figures: how each is read, and written. */
const columns: readonly (readonly [head: string, of: (figures: PeerFigures) => number, text: (n: number) => string])[] =
  [
    [
      'p99 of delivery',
      ({ p99Us }) => p99Us ?? Number.POSITIVE_INFINITY,
      (us) => (us === Number.POSITIVE_INFINITY ? 'never' : `${digits(us / 1000)} ms`),
    ],
    ['lost', ({ loss }) => loss * 100, (percent) => `${digits(percent)} %`],
    ['CPU a delivery', ({ cpuNsPerDelivery }) => cpuNsPerDelivery / 1000, (us) => `${digits(us)} us`],
    ['memory a stream', ({ rssBytesPerStream }) => rssBytesPerStream / 1024, (kib) => `${digits(kib)} KiB`],
  ];

/** Servers side by side, as Markdown: medians over the rounds that are not invalid, with their range where there are several. */
export function peerTable(rounds: readonly PeerRound[]): string {
  const byName = [...Map.groupBy(rounds, ({ name }) => name)];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const doubts = byName.flatMap(([name, own]) =>
    [...new Set(own.flatMap(({ reasons }) => reasons))].map((reason) => `- ${name}: ${reason}`),
  );
  return [
    line(['server', ...columns.map(([head]) => head), 'validity']),
    line(['---', ...columns.map(() => '--:'), '---']),
    ...byName.map(([name, own]) => {
      const figures = own.flatMap((one) => (one.figures ? [one.figures] : []));
      return line([name, ...columns.map(([, of, text]) => cell(figures.map(of), text)), validities(own)]);
    }),
    ...(doubts.length > 0 ? ['', ...doubts] : []),
  ].join('\n');
}

function cell(values: readonly number[], text: (n: number) => string): string {
  const sorted = values.toSorted((a, b) => a - b);
  const [least, most, median] = [sorted[0], sorted.at(-1), sorted[Math.floor((sorted.length - 1) / 2)]];
  if (least === undefined || most === undefined || median === undefined) return '';
  return sorted.length === 1 ? text(median) : `${text(median)} (${digitsOf(text(least))} to ${digitsOf(text(most))})`;
}

/** Without its unit. */
function digitsOf(text: string): string {
  return text.split(' ')[0] ?? text;
}

function validities(rounds: readonly PeerRound[]): string {
  const times = Map.groupBy(rounds, ({ validity }) => validity);
  if (times.size === 1) return rounds[0]?.validity ?? '';
  return [...times].map(([validity, { length }]) => `${length} ${validity}`).join(', ');
}

function digits(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : '?';
}
