import type { BenchResult } from '../results/bench-result.ts';
import { readBenchResult } from '../results/bench-result-schema.ts';

const begin = '-----BEGIN SSERT BENCH RESULT-----';
const end = '-----END SSERT BENCH RESULT-----';

/** A result as the coordinator prints it among its other lines, for `kubectl logs`. */
export function markedResult(result: BenchResult): string {
  return `${begin}\n${JSON.stringify(result)}\n${end}\n`;
}

/**
 * The last result in a log.
 * @returns undefined where there is none, or where it breaks off
 * @throws SettingError where what stands between the marks is no result
 */
export function resultInLog(log: string): BenchResult | undefined {
  const from = log.lastIndexOf(begin);
  const to = log.indexOf(end, from);
  if (from < 0 || to < 0) return undefined;
  return readBenchResult(JSON.parse(log.slice(from + begin.length, to)), 'the log');
}
