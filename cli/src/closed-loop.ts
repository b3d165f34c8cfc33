import type { SaturationOptions } from '@ssert/bench';
import type { Target } from '@ssert/conformance/access';
import { systemClock } from '@ssert/protocol/system';
import { requireListener, unlessMisused } from './before-load.ts';
import { openAccess, startProblem } from './bench-access.ts';
import { benchFlagOf } from './bench-flags.ts';
import { describeTarget } from './describe-target.ts';
import type { Flag, GivenFlags } from './flags.ts';
import { abortOnSignal } from './interrupt.ts';
import { onlyOperand } from './run-flags.ts';
import type { Terminal } from './terminal.ts';

/** What a closed loop found, as far as the exit code goes. */
interface Found {
  /** Why nothing is said about the server. */
  readonly doubts: readonly string[];
}

type Asked = SaturationOptions['request'];

/** One command that has autocannon ask a server in a closed loop. */
export interface ClosedLoopCommand<T extends Found> {
  readonly example: string;
  /** What its URL is on the command line. */
  readonly urlIs: string;
  /** What it asks for. @throws UsageError where the target does not say that */
  request(target: Target): Asked;
  measure(request: Asked, signal: AbortSignal): Promise<T>;
  /** Whether the server gave anything to measure. */
  reached(found: T): boolean;
  text(found: T): string;
}

/**
 * Starts the server where the target says how, measures, prints, and stops it.
 * @returns the exit code
 * @throws UsageError where autocannon cannot do what is asked, with the reason
 */
export async function runClosedLoop<T extends Found>(
  command: ClosedLoopCommand<T>,
  given: GivenFlags<Record<string, Flag>>,
  terminal: Terminal,
): Promise<number> {
  const definition = await describeTarget(onlyOperand(given, 'TARGET', command.example), given);
  const interrupt = abortOnSignal(systemClock, () =>
    terminal.complain('interrupted; what was measured follows (once more ends at once)'),
  );
  try {
    await using opened = await openAccess(definition, 'http/1.1', interrupt.signal);
    const request = command.request(opened.target);
    await unlessMisused(requireListener(new URL(request.url)), () => command.measure(request, AbortSignal.abort()));
    const found = await command.measure(request, interrupt.signal);
    terminal.print(given.has('json') ? JSON.stringify(found, null, 2) : command.text(found));
    if (found.doubts.length > 0 || !command.reached(found)) return 3;
    return interrupt.signal.aborted ? 130 : 0;
  } catch (error) {
    const flagOf = (setting: string): string => (setting === 'url' ? command.urlIs : `--${benchFlagOf(setting)}`);
    terminal.complain(startProblem(error, flagOf));
    return 3;
  } finally {
    interrupt.release();
  }
}

/** What was answered, in one line: `200: 512, 503: 3; 2 without an answer`. */
export function answersText({
  statuses,
  errors,
}: {
  readonly statuses: Readonly<Record<string, number>>;
  readonly errors: number;
}): string {
  const each = Object.entries(statuses).map(([status, times]) => `${status}: ${times}`);
  return `${each.join(', ') || 'no answer'}${errors > 0 ? `; ${errors} without one` : ''}`;
}
