import { type FlagTable, type GivenFlags, parseFlags } from './flags.ts';
import { commandHelp } from './help.ts';
import type { Terminal } from './terminal.ts';

/** One command of ssert. */
export interface Command<T extends FlagTable = FlagTable> {
  readonly name: string;
  /** What follows `ssert`, such as `check TARGET [flags]`. */
  readonly usage: string;
  /** One or two sentences. */
  readonly summary: string;
  readonly flags: T;
  /** Command lines that one can try, each with what it does. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  readonly exitCodes: readonly (readonly [code: number, meaning: string])[];
  /** @returns the exit code */
  run(given: GivenFlags<T>, terminal: Terminal): Promise<number>;
}

/** Runs a command, or prints its help where that was asked for. @returns the exit code */
export function runCommand(command: Command, args: readonly string[], terminal: Terminal): Promise<number> {
  const given = parseFlags(args, command.flags);
  if (given !== 'help') return command.run(given, terminal);
  terminal.print(commandHelp(command, terminal.columns));
  return Promise.resolve(0);
}
