import { constants } from 'node:fs';
import { access, appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Report } from './report.ts';
import { githubAnnotations, githubSummary } from './reporters/github.ts';
import { htmlReport } from './reporters/html/report-page.ts';
import { humanReport } from './reporters/human.ts';
import { jsonReport } from './reporters/json.ts';
import { junitReport } from './reporters/junit.ts';
import { tapReport } from './reporters/tap.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** Reporters for machines, each with the file it writes into `--output`. */
const files: Readonly<Record<string, { readonly file: string; readonly format: (report: Report) => string }>> = {
  json: { file: 'report.json', format: jsonReport },
  junit: { file: 'report.xml', format: junitReport },
  tap: { file: 'report.tap', format: tapReport },
  html: { file: 'report.html', format: htmlReport },
};

/** Reporters that speak on standard output, beside one another. */
const speakers = ['human', 'github'] as const;

/** What `--reporter` takes. */
export const reporterNames: readonly string[] = ['human', ...Object.keys(files), 'github'];

/** One report that was asked for. */
interface Task {
  readonly name: string;
  /** What it is written to, where that is a file. */
  readonly file: string | undefined;
  readonly run: (report: Report) => void | Promise<void>;
}

/** Where a report goes, as the flags say. */
export interface ReportWriter {
  /**
   * Writes every report that was asked for; one that cannot be written keeps no other from it.
   * @returns what went wrong, a sentence each
   */
  write(report: Report): Promise<string[]>;
}

/**
 * Sends a report where the flags say: people and workflows read standard output, machines a file or standard output.
 * @throws UsageError where two reporters would share standard output, or nothing can be written into the folder
 */
export async function reportWriter(
  reporters: readonly string[],
  folder: string | undefined,
  terminal: Terminal,
): Promise<ReportWriter> {
  const wanted = new Set(reporters.length === 0 ? ['human'] : reporters);
  for (const one of wanted) {
    if (!reporterNames.includes(one)) {
      throw new UsageError(`--reporter is ${JSON.stringify(one)}; give one of ${reporterNames.join(' ')}`);
    }
  }
  const machines = Object.keys(files).filter((name) => wanted.has(name));
  if (folder === undefined && machines.length > 0 && wanted.size > 1) {
    throw new UsageError(`--reporter ${[...wanted].join(' and ')} would share standard output; give --output DIR`);
  }
  if (folder !== undefined) {
    if (machines.length === 0) machines.push('json');
    await mkdir(folder, { recursive: true })
      .then(() => access(folder, constants.W_OK))
      .catch((error: Error) => {
        throw new UsageError(`--output ${folder} cannot be written to (${error.message}); give another folder`);
      });
  }

  const speak = async (one: (typeof speakers)[number], report: Report): Promise<void> => {
    // Where the target was never reached, the one line on standard error says it all.
    const somethingToRead = report.results.length > 0 || report.brokenOff === undefined;
    if (one === 'human' && somethingToRead) {
      terminal.print(humanReport(report, { paint: terminal.paint, columns: terminal.columns }));
    }
    if (one === 'github') {
      const annotations = githubAnnotations(report);
      if (annotations !== '') terminal.print(annotations);
      const summary = process.env.GITHUB_STEP_SUMMARY;
      if (summary) await appendFile(summary, githubSummary(report));
    }
  };
  const tasks: Task[] = speakers
    .filter((one) => wanted.has(one))
    .map((one) => ({ name: one, file: process.env.GITHUB_STEP_SUMMARY, run: (report) => speak(one, report) }));
  for (const name of machines) {
    const { file = '', format = jsonReport } = files[name] ?? {};
    const path = folder === undefined ? undefined : join(folder, file);
    const run = (report: Report): void | Promise<void> =>
      path === undefined ? terminal.print(format(report)) : writeFile(path, format(report));
    tasks.push({ name, file: path, run });
  }
  return {
    write: async (report) => {
      const problems: string[] = [];
      for (const { name, file = 'it', run } of tasks) {
        try {
          await run(report);
        } catch (error) {
          problems.push(`the ${name} report is lost: ${problemOf(error as NodeJS.ErrnoException, file)}`);
        }
      }
      return problems;
    },
  };
}

/** What keeps a file from being written, or what broke while its text was made. */
function problemOf({ code, message, stack }: NodeJS.ErrnoException, file: string): string {
  if (code === undefined) return stack ?? message;
  if (code === 'ENOSPC' || code === 'EDQUOT') return `no space is left to write ${file}: make room and run again`;
  return `${file} cannot be written: ${message}`;
}
