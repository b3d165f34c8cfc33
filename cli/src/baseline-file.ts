import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import {
  BaselineError,
  type BaselineOutcome,
  formatBaseline,
  holdAgainst,
  type KnownFailure,
  parseBaseline,
  type RuleResult,
  updatedBaseline,
} from '@ssert/conformance';
import { systemClock } from '@ssert/protocol/system';
import { UsageError } from './usage-error.ts';

/** A list of known failures in its file. */
export interface BaselineFile {
  /** Holds the results against the list, which is brought up to date before where that was asked for. */
  settle(results: readonly RuleResult[], strict: boolean): Promise<BaselineOutcome>;
}

/**
 * Reads the list before the run, so that a wrong one is told at once.
 * @param ids every rule of the catalogue
 * @param update brings the file up to date with what the run finds; it may be missing then
 * @throws UsageError
 */
export async function openBaseline(
  file: string | undefined,
  update: boolean,
  ids: readonly string[],
): Promise<BaselineFile | undefined> {
  if (file === undefined) {
    if (update) throw new UsageError('--update-baseline needs --baseline FILE beside it');
    return undefined;
  }
  if (!update && !existsSync(file)) {
    throw new UsageError(`there is no file ${file}; --update-baseline beside --baseline writes it`);
  }
  const listed = existsSync(file) ? listedIn(await readFile(file, 'utf8'), file, ids) : [];
  return {
    settle: async (results, strict) => {
      const today = new Date(systemClock.wallTime()).toISOString().slice(0, 10);
      if (!update) return holdAgainst(listed, results, today);
      const updated = updatedBaseline(listed, results, { strict, today });
      await writeFile(file, formatBaseline(updated));
      return holdAgainst(updated, results, today);
    },
  };
}

/** @throws UsageError */
function listedIn(text: string, file: string, ids: readonly string[]): KnownFailure[] {
  try {
    return parseBaseline(text, file, ids);
  } catch (error) {
    if (error instanceof BaselineError) throw new UsageError(`--baseline ${error.message}`);
    throw error;
  }
}
