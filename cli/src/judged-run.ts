import type { Expectations, RunEvent } from '@ssert/conformance';
import { SettingError } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { type BaselineFile, openBaseline } from './baseline-file.ts';
import { exitCode } from './exit-code.ts';
import type { GivenFlags } from './flags.ts';
import { abortOnSignal } from './interrupt.ts';
import { type Report, ReportDraft } from './report.ts';
import { type ReportWriter, reportWriter } from './report-writer.ts';
import { Progress, showProgress } from './reporters/progress.ts';
import type { reportFlags } from './run-flags.ts';
import type { Terminal } from './terminal.ts';

/** Where a run's results go: the list of known failures, the reports. Opened before the run, so that what is wrong is told at once. */
export interface Destination {
  readonly baseline: BaselineFile | undefined;
  readonly baselineName: string | undefined;
  readonly writer: ReportWriter;
}

/**
 * @param ids every rule of the catalogue
 * @throws UsageError
 */
export async function openDestination(
  given: GivenFlags<typeof reportFlags>,
  ids: readonly string[],
  terminal: Terminal,
): Promise<Destination> {
  const baselineName = given.text('baseline');
  const baseline = await openBaseline(baselineName, given.has('update-baseline'), ids);
  const writer = await reportWriter(given.list('reporter'), given.text('output'), terminal);
  return { baseline, baselineName, writer };
}

export interface JudgedRun {
  /** Rules that are judged, in the order of reports. */
  readonly ids: readonly string[];
  /** Begins the run; the signal ends it early. */
  readonly begin: (signal: AbortSignal) => AsyncIterable<RunEvent>;
  readonly destination: Destination;
  readonly expectations: Expectations;
  /** What is added to the report, where that can fail; without it the report is as it was. */
  readonly complete?: (report: Report) => Promise<Report>;
}

/** Judges, shows how far it is, and writes the reports. @returns the exit code @throws SettingError */
export async function judgedRun(run: JudgedRun, terminal: Terminal): Promise<number> {
  const { ids, destination, expectations, complete } = run;
  const draft = new ReportDraft(systemClock.wallTime(), ids);
  const startedAtMs = systemClock.now();
  const progress = new Progress();
  const hideProgress = showProgress(progress, terminal, systemClock);
  const interrupt = abortOnSignal(systemClock, () =>
    terminal.complain('interrupted; the report follows (once more ends at once)'),
  );
  try {
    for await (const event of run.begin(interrupt.signal)) {
      draft.take(event);
      progress.take(event);
    }
  } catch (error) {
    if (error instanceof SettingError) throw error;
    draft.breakOff({ why: 'harness', message: `the harness broke: ${error instanceof Error ? error.stack : error}` });
  } finally {
    hideProgress();
    interrupt.release();
  }
  // What cannot be written keeps nothing else from being written.
  const problems: string[] = [];
  const unless = async <T>(what: string, task: Promise<T> | undefined): Promise<T | undefined> =>
    task?.catch((error: Error) => void problems.push(`${what} cannot be written: ${error.message}`));
  const standing = await unless(
    `--baseline ${destination.baselineName}`,
    destination.baseline?.settle(draft.results, expectations.strict ?? false),
  );
  const drafted = draft.report(systemClock.now() - startedAtMs, expectations, standing);
  const report = (await unless('a replay file', complete?.(drafted))) ?? drafted;
  problems.push(...(await destination.writer.write(report)));
  const { brokenOff, results } = report;
  if (brokenOff && brokenOff.why !== 'interrupted') terminal.complain(brokenOff.message);
  for (const problem of problems) terminal.complain(problem);
  return exitCode({ results, brokenOff, ...standing, ...expectations, reportLost: problems.length > 0 });
}
