import type { RuleResult, Verdict } from '@ssert/conformance';

/** What a matrix needs of a rule. */
export type MatrixRule = Pick<RuleResult, 'id' | 'level'>;

/** A server or a client, and what the suite found. */
export interface Judged {
  readonly name: string;
  readonly results: readonly RuleResult[];
  readonly durationMs: number;
  /** Why there are no results, or not all. */
  readonly problem?: string;
}

export interface JudgeOptions {
  readonly quick: boolean;
  readonly seed: number;
  /** Ends the run early; what is known by then stands. */
  readonly signal: AbortSignal;
}

export const marks: Readonly<Record<Verdict, string>> = {
  pass: 'ok',
  fail: 'FAIL',
  warn: 'warn',
  info: 'info',
  skip: '·',
  inconclusive: '?',
  error: 'ERROR',
};

/** Aborts when the process is told to end. */
export function interruption(): AbortSignal {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupt.abort());
  return interrupt.signal;
}

/** Verdicts, rule by server or client, and what its marks mean. */
export function table(judged: readonly Judged[], rules: readonly MatrixRule[]): string {
  const rows = rules.map(({ id, level }) => [
    id,
    level,
    ...judged.map(({ results }) => {
      const result = results.find((one) => one.id === id);
      return result ? marks[result.verdict] : '';
    }),
  ]);
  const counts = judged.map(({ results }) => String(results.filter(({ verdict }) => verdict === 'fail').length));
  const times = judged.map(({ durationMs }) => `${Math.round(durationMs / 1000)} s`);
  const all = [
    ['rule', 'level', ...judged.map(({ name }) => name)],
    ...rows,
    ['failures', '', ...counts],
    ['time', '', ...times],
  ];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = all;
  return [
    ...[line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)],
    '',
    'ok: kept · FAIL: a MUST is broken · warn: a SHOULD is broken · ?: inconclusive · a dot: skipped',
  ].join('\n');
}

/** What the suite said, where it gave one of these verdicts. */
export function remarks(judged: readonly Judged[], verdictsToTell: readonly Verdict[]): string {
  return judged
    .flatMap(({ name, results }) =>
      results
        .filter(({ verdict }) => verdictsToTell.includes(verdict))
        .map(({ id, verdict, message }) => `\n${name}  ${marks[verdict]}  ${id}\n    ${message}`),
    )
    .join('');
}
