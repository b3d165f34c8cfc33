import { execute } from '../src/command-line.ts';
import { plain, type Terminal } from '../src/terminal.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  /** What was complained about: a line each. */
  readonly complaints: readonly string[];
}

/** Runs a command in this process: for what ends before it opens a connection, and need not be a process for that. */
export async function runHere(args: readonly string[]): Promise<Ran> {
  let stdout = '';
  const complaints: string[] = [];
  const terminal: Terminal = {
    print: (text) => {
      stdout += text;
    },
    complain: (message) => void complaints.push(message),
    progress: () => undefined,
    paint: plain,
    errorIsTerminal: false,
    columns: undefined,
    errorColumns: 80,
    outputClosed: false,
    flush: () => Promise.resolve(),
  };
  return { code: await execute(args, terminal), stdout, complaints };
}
