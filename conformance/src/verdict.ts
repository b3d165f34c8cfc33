import type { Command } from './model/command.ts';
import type { Played } from './model/recording.ts';

/** The closed list of what a rule's judgement can be. */
export const verdicts = ['pass', 'fail', 'warn', 'info', 'skip', 'inconclusive', 'error'] as const;
export type Verdict = (typeof verdicts)[number];

/** Bytes off the wire with the offending range marked. */
export interface MarkedBytes {
  /** Bytes from the start of the body to the first byte shown. */
  readonly offset: number;
  /** The bytes in hexadecimal, two digits each. */
  readonly hex: string;
  /** The same as text, control characters escaped. */
  readonly text: string;
  /** The offending range of the bytes shown; the end is exclusive. */
  readonly mark: readonly [start: number, end: number];
}

/** Something that happened on a connection; times count from the moment when the rule began, in ms. */
export interface TimelineMark {
  readonly atMs: number;
  /**
   * `event`: one was dispatched. `comment`: one came. `publish`: the harness published while the connection was open.
   * `stall` and `resume`: the harness stopped reading and read on.
   */
  readonly kind: 'event' | 'comment' | 'publish' | 'stall' | 'resume';
  /** The event's type, where it is not `message`. */
  readonly label?: string;
  /** How many of them within the same ms; absent for one. */
  readonly count?: number;
}

/** One connection of a rule, from its start to its end; times count from the moment when the rule began, in ms. */
export interface ConnectionTimeline {
  /** Method and path of the request. */
  readonly label: string;
  readonly openedAtMs: number;
  /** When the whole header block was in; absent where none came. */
  readonly headAtMs?: number;
  /** Absent where it was still open when the rule had its verdict. */
  readonly closedAtMs?: number;
  /** `complete` by its own framing, `fin` and `reset` by the server, `closed-here` by the harness. */
  readonly end: 'open' | 'complete' | 'fin' | 'reset' | 'unreachable' | 'malformed' | 'closed-here';
  readonly marks: readonly TimelineMark[];
  /** Happenings in the middle that are not among the marks; absent for none. */
  readonly marksLeftOut?: number;
}

/** What a person needs to believe a judgement. */
export interface Evidence {
  /** What was sent, as text; secrets are taken out before a result leaves the runner. */
  readonly request?: string;
  /** Status line and header fields of the answer. */
  readonly response?: string;
  /** Lines of the stream around the fault. */
  readonly bytes?: MarkedBytes;
  /** Figures that the judgement rests on, by name with the unit in it: `headersAfterMs`. */
  readonly observed?: Readonly<Record<string, string | number | boolean | readonly number[]>>;
  /** The rule's connections, in the order in which they were opened; the runner adds them to whatever did not pass. */
  readonly connections?: readonly ConnectionTimeline[];
  /** Connections in the middle that are not among them; absent for none. */
  readonly connectionsLeftOut?: number;
}

/** The smallest input found that breaks the rule. */
export interface Counterexample {
  /** The value as a person would write it in code. */
  readonly value: string;
  readonly seed: number;
  /** fast-check's path to it: with the seed it repeats exactly this input. */
  readonly path: string;
  readonly shrinks: number;
  /** Where the input is a history: its commands, which a replay file does again. */
  readonly commands?: readonly Command[];
}

/** What a rule found. */
export interface Judgement {
  readonly verdict: Exclude<Verdict, 'error'>;
  /** One sentence about this server. */
  readonly message: string;
  /** Why a rule was skipped. */
  readonly because?: 'access' | 'profile';
  readonly evidence?: Evidence;
  readonly counterexample?: Counterexample;
  /** Shell commands that show the fault without this tool. */
  readonly reproduce?: string;
  /** The failing history with what its connections carried; it leaves the runner as an event of its own. */
  readonly played?: Played;
}

type Detail = Omit<Judgement, 'verdict' | 'message' | 'because'>;

/** The server was seen to keep the rule; `message` says what was seen. */
export function pass(message: string, detail: Detail = {}): Judgement {
  return { verdict: 'pass', message, ...detail };
}

/** A MUST is broken. */
export function fail(message: string, detail: Detail = {}): Judgement {
  return { verdict: 'fail', message, ...detail };
}

/** A SHOULD is broken. */
export function warn(message: string, detail: Detail = {}): Judgement {
  return { verdict: 'warn', message, ...detail };
}

/** Worth knowing, neither good nor bad. */
export function info(message: string, detail: Detail = {}): Judgement {
  return { verdict: 'info', message, ...detail };
}

/** The situation could not be created, or a timing bound was missed once and met on retry. */
export function inconclusive(message: string, detail: Detail = {}): Judgement {
  return { verdict: 'inconclusive', message, ...detail };
}

/** The rule does not apply (`profile`), or what it needs was not given (`access`); `message` names the flag that helps. */
export function skip(because: 'access' | 'profile', message: string): Judgement {
  return { verdict: 'skip', because, message };
}
