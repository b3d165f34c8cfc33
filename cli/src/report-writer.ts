import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from './report.ts';
import { humanReport } from './reporters/human.ts';
import { jsonReport } from './reporters/json.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Reporters for machines, each with the file it writes into `--output`. */
const files: Readonly<Record<string, { readonly file: string; readonly format: (report: Report) => string }>> = {
  json: { file: 'report.json', format: jsonReport },
};

/**
 * Sends a report where the flags say: people read standard output, machines a file or standard output.
 * @throws UsageError where two reporters would share standard output, or the folder cannot be made
 */
export async function reportWriter(
  reporters: readonly string[],
  folder: string | undefined,
  terminal: Terminal,
): Promise<(report: Report) => Promise<void>> {
  const wanted = new Set(reporters.length === 0 ? ['human'] : reporters);
  for (const one of wanted) {
    if (one !== 'human' && !Object.hasOwn(files, one)) {
      throw new UsageError(
        `--reporter is ${JSON.stringify(one)}; give one of ${['human', ...Object.keys(files)].join(' ')}`,
      );
    }
  }
  const machines = Object.entries(files).filter(([name]) => wanted.has(name));
  if (folder === undefined && wanted.size > 1) {
    throw new UsageError(`--reporter ${[...wanted].join(' and ')} would share standard output; give --output DIR`);
  }
  if (folder !== undefined) {
    if (machines.length === 0) machines.push(...Object.entries(files).filter(([name]) => name === 'json'));
    await mkdir(folder, { recursive: true }).catch((error: Error) => {
      throw new UsageError(`--output ${folder} cannot be made: ${error.message}`);
    });
  }
  return async (report) => {
    // Where the target was never reached, the one line on standard error says it all.
    const somethingToRead = report.results.length > 0 || report.brokenOff === undefined;
    if (wanted.has('human') && somethingToRead) {
      terminal.print(humanReport(report, { paint: terminal.paint, columns: terminal.columns }));
    }
    for (const [, { file, format }] of machines) {
      if (folder === undefined) terminal.print(format(report));
      else await writeFile(join(folder, file), format(report));
    }
  };
}
