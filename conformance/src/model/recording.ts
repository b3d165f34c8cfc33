import { escapeControls } from '../access/marked-bytes.ts';
import { maskSecrets, redact } from '../redact.ts';
import { type Command, complaintAboutCommand } from './command.ts';
import type { TappedConnection } from './wiretap.ts';

/** A failing history as a rule hands it over. */
export interface Played {
  readonly path: string;
  readonly message: string;
  readonly commands: readonly Command[];
  /** How often it failed when it was repeated. */
  readonly failed: { readonly times: number; readonly of: number };
  /** The shell commands that do the same. */
  readonly script: readonly string[];
  readonly connections: readonly TappedConnection[];
}

/** A failing history as a replay file holds it; `docs/replay-files.md` describes it. */
export interface Recording {
  readonly schema: 1;
  readonly target: { readonly name: string; readonly url: string };
  readonly rule: string;
  readonly seed: number;
  readonly path: string;
  readonly message: string;
  readonly failed: { readonly times: number; readonly of: number };
  readonly commands: readonly Command[];
  readonly script: readonly string[];
  readonly transcripts: readonly Transcript[];
}

/** What one connection carried: its request, and the timed bytes that came back, framing included. */
export interface Transcript {
  /** `A2` is the second stream of client A, `fresh` the one that is opened last. */
  readonly stream: string;
  readonly openedAtMs: number;
  readonly request: string;
  readonly received: readonly { readonly atMs: number; readonly hex: string; readonly text: string }[];
  readonly omittedBytes: number;
  /** How the connection ended: `closed-here` where the harness closed it. */
  readonly end: string;
}

/** What a replay needs of a recording. */
export interface Replay {
  readonly rule: string;
  readonly seed: number;
  readonly commands: readonly Command[];
}

/** Puts a recording together, every secret taken out; the words that a replay goes by stay, whatever the secret is. */
export function recordingOf(
  { connections, message, script, ...played }: Played,
  about: Pick<Recording, 'target' | 'rule' | 'seed'>,
  secrets: readonly string[],
): Recording {
  return {
    schema: 1,
    ...about,
    ...played,
    message: redact(message, secrets),
    script: script.map((line) => redact(line, secrets)),
    transcripts: connections.map((connection) => transcriptOf(connection, secrets)),
  };
}

function transcriptOf(connection: TappedConnection, secrets: readonly string[]): Transcript {
  const { name, openedAtMs, chunks, omittedBytes, exchange } = connection;
  const masked = maskSecrets(
    chunks.map(({ bytes }) => bytes),
    secrets,
  );
  return {
    stream: name,
    openedAtMs,
    request: redact(exchange.request.text, secrets),
    received: chunks.map(({ atMs }, index) => {
      const bytes = masked[index] ?? Buffer.alloc(0);
      return { atMs, hex: bytes.toString('hex'), text: escapeControls(bytes.toString('utf8')) };
    }),
    omittedBytes,
    end: exchange.end?.kind ?? 'open',
  };
}

/** A replay file that cannot be used; the message says what in it is wrong. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';
}

/**
 * Reads what a replay needs out of a replay file.
 * @throws RecordingError with one line that says what is wrong
 */
export function parseRecording(text: string): Replay {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new RecordingError(`is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (document === null || typeof document !== 'object' || Array.isArray(document))
    throw new RecordingError('holds no JSON object');
  const { schema, rule, seed, commands } = document as Record<string, unknown>;
  if (schema !== 1) throw new RecordingError(`has schema ${JSON.stringify(schema)}; this version reads schema 1`);
  if (typeof rule !== 'string') throw new RecordingError('has no rule; give "rule": "AREA/NAME"');
  if (!Number.isInteger(seed) || (seed as number) < 0) throw new RecordingError('has no seed; give a whole number');
  if (!Array.isArray(commands)) throw new RecordingError('has no list of commands; give "commands": […]');
  for (const [index, command] of commands.entries()) {
    const complaint = complaintAboutCommand(command);
    if (complaint !== undefined) throw new RecordingError(`commands[${index}] ${complaint}`);
  }
  return { rule, seed: seed as number, commands };
}
