import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'inverse';

/** Puts a style around text, or leaves the text alone where colours are not wanted. */
export type Paint = (style: Style, text: string) => string;

/** Standard output and standard error, as the commands use them. */
export interface Terminal {
  /** Writes lines to standard output. */
  print(text: string): void;
  /** Writes one line to standard error, with the program's name in front. */
  complain(message: string): void;
  /** Writes to standard error as it is. */
  progress(text: string): void;
  /** Styles text for standard output: plain where that is no terminal; NO_COLOR and FORCE_COLOR are honoured. */
  readonly paint: Paint;
  readonly errorIsTerminal: boolean;
  /** The width to fit text into; undefined where standard output is no terminal, so that nothing is cut. */
  readonly columns: number | undefined;
  /** Width of the line that progress may use. */
  readonly errorColumns: number;
  /** True once nobody reads standard output any more. */
  readonly outputClosed: boolean;
  /** Why standard output could not be written, where that is no reader who has left: the disk is full. */
  readonly outputProblem?: string | undefined;
  /** Resolves when everything written has left the process. */
  flush(): Promise<void>;
}

/** The process's own terminal. Reading ends early in `ssert … | head`: that is no error. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  let outputClosed = false;
  let outputProblem: string | undefined;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    outputClosed = true;
    if (error.code !== 'EPIPE') outputProblem ??= error.message;
  });
  stderr.on('error', () => undefined);
  const drained = (stream: NodeJS.WriteStream): Promise<void> =>
    new Promise((resolve) => {
      // A file is written at once, and whether that failed is told a moment later.
      if (stream.destroyed || stream.writableLength === 0) setImmediate(resolve);
      else stream.write('', () => resolve());
    });
  return {
    print: (text) => {
      if (!outputClosed) stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    complain: (message) => void stderr.write(`ssert: ${oneLine(message)}\n`),
    progress: (text) => void stderr.write(text),
    paint: (style, text) => styleText(style, text, { stream: stdout }),
    errorIsTerminal: stderr.isTTY === true,
    columns: stdout.isTTY ? stdout.columns || 80 : undefined,
    errorColumns: stderr.columns || 80,
    get outputClosed() {
      return outputClosed;
    },
    get outputProblem() {
      return outputProblem;
    },
    flush: async () => {
      await Promise.all([drained(stdout), drained(stderr)]);
    },
  };
}

/** Leaves text as it is. */
export const plain: Paint = (_, text) => text;

function oneLine(message: string): string {
  return message.trim().replace(/\s*[\r\n]+\s*/g, ' ');
}
