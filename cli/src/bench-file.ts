import { type BenchResult, readBenchResult } from '@ssert/bench';
import { textOf } from './named-file.ts';
import { UsageError } from './usage-error.ts';

/**
 * The result of a run that a person named.
 * @throws UsageError where the file cannot be read, SettingError where it is no result
 */
export async function benchFile(file: string): Promise<BenchResult> {
  const text = await textOf(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is no JSON: ${(error as Error).message}`);
  }
  return readBenchResult(value, file);
}
