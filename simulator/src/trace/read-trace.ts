import { SettingError } from '@ssert/protocol';

/** A recorded trace: times in seconds since the first, rising, and other numeric columns in the same order. */
export interface Trace {
  readonly times: readonly number[];
  readonly column: (name: string) => readonly number[] | undefined;
}

/**
 * Reads a trace from CSV with a header line. Times are numbers in seconds, or dates and times to any fraction of a
 * second, in UTC where they name no zone; they need not be in order.
 * @throws SettingError for a column that is not there or a line whose time cannot be read
 */
export function readTrace(csv: string, timeColumn: string): Trace {
  const [head = '', ...lines] = csv
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const names = cellsOf(head);
  const at = names.indexOf(timeColumn);
  if (at < 0) throw new SettingError('--column', timeColumn, `one of ${names.join(', ')}`);
  const rows = lines.map(cellsOf);
  const seconds = rows.map((cells, row) => secondsOf(cells[at] ?? '', row + 2));
  if (seconds.length < 2) throw new SettingError('trace', `${seconds.length} records`, 'at least two');
  const order = seconds.map((_, row) => row).sort((a, b) => earlier(seconds[a] as Instant, seconds[b] as Instant));
  const base = seconds[order[0] as number] as Instant;
  const since = ({ whole, fraction }: Instant): number => whole - base.whole + (fraction - base.fraction);
  return {
    times: order.map((row) => since(seconds[row] as Instant)),
    column: (name) => {
      const index = names.indexOf(name);
      if (index < 0) return undefined;
      const values = order.map((row) => Number(rows[row]?.[index]));
      return values.every((value) => value >= 0) ? values : undefined;
    },
  };
}

/** Kept in two parts: seconds since 1970 with their fraction in one number would lose what lies below 100 ns. */
interface Instant {
  readonly whole: number;
  readonly fraction: number;
}

function earlier(a: Instant, b: Instant): number {
  return a.whole - b.whole || a.fraction - b.fraction;
}

function secondsOf(text: string, line: number): Instant {
  const number = Number(text);
  if (text !== '' && Number.isFinite(number))
    return { whole: Math.floor(number), fraction: number - Math.floor(number) };
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?\s*(Z|[+-]\d\d:?\d\d)?$/.exec(text);
  const wholeMs = match ? Date.parse(`${match[1]}T${match[2]}${match[4] ?? 'Z'}`) : Number.NaN;
  if (Number.isNaN(wholeMs)) {
    throw new SettingError(`the time in line ${line}`, text, 'seconds, or 2023-11-16 18:17:03.9799600');
  }
  return { whole: wholeMs / 1000, fraction: Number(match?.[3] ?? 0) };
}

/** Cells of one line (RFC 4180, without line ends inside a cell). */
function cellsOf(line: string): string[] {
  if (!line.includes('"')) return line.split(',').map((cell) => cell.trim());
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'),
  );
}
