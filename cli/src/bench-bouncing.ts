import type { TargetDefinition } from '@ssert/conformance';
import { access } from './describe-target.ts';
import type { Flag, GivenFlags } from './flags.ts';
import type { BouncingCommands } from './server-commands.ts';
import { UsageError } from './usage-error.ts';

/** How a server that runs already is killed and started again. */
export const bouncingFlags: Readonly<Record<'kill-cmd' | 'start-cmd', Flag>> = {
  'kill-cmd': {
    value: 'COMMAND',
    group: access,
    meaning: "herd: kills a server that --start does not start, such as 'docker kill web'; not with --start or --pid",
  },
  'start-cmd': {
    value: 'COMMAND',
    group: access,
    meaning:
      'herd: starts it again, and ends, or stays as the server, which is ended with the run; once --kill-cmd was run it is run also behind Ctrl-C or a failure',
  },
};

/** @throws UsageError where one is given without the other, or beside what excludes them */
export function bouncingFrom(
  given: GivenFlags<Record<string, Flag>>,
  { process }: Pick<TargetDefinition, 'process'>,
): BouncingCommands | undefined {
  const [kill, start] = [given.text('kill-cmd'), given.text('start-cmd')];
  if (kill === undefined && start === undefined) return undefined;
  if (start === undefined)
    throw new UsageError('--kill-cmd needs --start-cmd COMMAND beside it: it starts the server again');
  if (kill === undefined)
    throw new UsageError('--start-cmd needs --kill-cmd COMMAND beside it: it kills the server first');
  if (process && 'start' in process) {
    throw new UsageError('--kill-cmd and --start exclude each other: a server that ssert starts it can kill as well');
  }
  if (process) {
    throw new UsageError('--kill-cmd and --pid exclude each other: a server that is started again is another process');
  }
  return { kill, start };
}
