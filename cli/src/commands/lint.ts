import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { addAbortSignal, type Readable } from 'node:stream';
import { WireInspector } from '@ssert/conformance';
import { systemClock } from '@ssert/protocol/system';
import type { Command } from '../command.ts';
import type { Flag, GivenFlags } from '../flags.ts';
import { abortOnSignal } from '../interrupt.ts';
import { type Findings, violationLines, violationRecord, wordsOf } from '../reporters/violation.ts';
import { ResponseHeadSkipper } from '../response-head.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const lintFlags = {
  'allow-field': { value: 'NAME', repeatable: true, meaning: 'A field name that the server sends on purpose' },
  complete: { meaning: 'The recording holds the whole stream, so an unfinished end is an error' },
  json: { meaning: 'One JSON object per line: each violation, then {"summary": …}' },
  strict: { meaning: 'Warnings count as errors for the exit code' },
} as const satisfies Record<string, Flag>;

type Given = GivenFlags<typeof lintFlags>;

export const lintCommand: Command = {
  name: 'lint',
  usage: 'lint [FILE|-] [flags]',
  summary:
    'Reads an event stream from a file or from standard input, live, and prints every violation with its bytes. A response head in front, as curl -i records it, is skipped.',
  flags: lintFlags,
  examples: [
    ['curl -sN http://localhost:3000/stream | ssert lint', 'live, until Ctrl-C'],
    ['ssert lint recording.txt --complete', 'a recording that ends where the server ended the stream'],
    ['ssert lint recording.txt --json | jq .message', 'for programs'],
  ],
  exitCodes: [
    [0, 'no error (with --strict: nor warning)'],
    [1, 'an error'],
    [2, 'wrong usage, a file that cannot be read included'],
    [3, 'not a single byte came'],
  ],
  run: lint,
};

async function lint(given: Given, terminal: Terminal): Promise<number> {
  const [file = '-', ...surplus] = given.positionals;
  if (surplus.length > 0) throw new UsageError(`one FILE at a time; ${JSON.stringify(surplus[0])} is one too many`);
  const input = await openInput(file, terminal);
  const asJson = given.has('json');
  const findings: Findings = { bytes: 0, headBytes: 0, events: 0, comments: 0, errors: 0, warnings: 0, notes: 0 };
  const inspector = new WireInspector({
    allowFields: given.list('allow-field'),
    onBlock: ({ dispatched }) => {
      if (dispatched) findings.events += 1;
    },
    onComment: () => {
      findings.comments += 1;
    },
    onViolation: (violation) => {
      findings[`${violation.severity}s`] += 1;
      terminal.print(
        asJson
          ? JSON.stringify(violationRecord(violation))
          : violationLines(violation, terminal.paint, terminal.columns).join('\n'),
      );
    },
  });
  const ended = await readAll(input, terminal, (bytes) => inspector.push(bytes), findings);
  findings.bytes = inspector.offset;
  // Whoever cut the recording, the server need not have: pending bytes are its fault only where it ended the stream.
  if (ended) inspector.end(given.has('complete') ? 'complete' : 'close-delimited');
  terminal.print(asJson ? JSON.stringify({ summary: findings }) : wordsOf(findings));
  if (findings.bytes === 0 && ended) {
    terminal.complain('not a single byte of a stream came: is the URL right, and does curl show it without -s?');
    return 3;
  }
  return findings.errors > 0 || (given.has('strict') && findings.warnings > 0) ? 1 : 0;
}

async function openInput(file: string, terminal: Terminal): Promise<Readable> {
  if (file === '-') {
    if (process.stdin.isTTY) terminal.complain('reading standard input; Ctrl-D ends it');
    return process.stdin;
  }
  const found = await stat(file).catch(() => undefined);
  if (!found || found.isDirectory()) {
    throw new UsageError(found ? `${file} is a folder; give a recording` : `there is no file ${file}`);
  }
  return createReadStream(file);
}

/** @returns false where the reading stopped before the input's end, by a signal or because nobody reads the output */
async function readAll(
  input: Readable,
  terminal: Terminal,
  inspect: (bytes: Uint8Array) => void,
  findings: Findings,
): Promise<boolean> {
  const interrupt = abortOnSignal(systemClock, () => undefined);
  const head = new ResponseHeadSkipper();
  try {
    for await (const chunk of addAbortSignal(interrupt.signal, input) as AsyncIterable<Uint8Array>) {
      inspect(head.push(chunk));
      await terminal.flush();
      if (terminal.outputClosed) return false;
    }
    inspect(head.end());
    return true;
  } catch (error) {
    if (interrupt.signal.aborted) return false;
    throw new UsageError(`the input cannot be read: ${(error as Error).message}`);
  } finally {
    findings.headBytes = head.skippedBytes;
    interrupt.release();
  }
}
