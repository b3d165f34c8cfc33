import type { Client, Command } from './command.ts';

/**
 * What happened when commands were carried out. Events are known by their numbers: the order in which one publisher
 * published them, each after the one before was accepted. Invariants judge it; it holds no connection.
 */
export interface History {
  /** The commands that did something. */
  readonly commands: readonly Command[];
  readonly streams: readonly StreamRecord[];
  /** The newest event; 0 where none could be published. */
  readonly newest: number;
  /** Readings of the count of open streams where it had time to settle; empty where it is not told. */
  readonly counts: readonly CountReading[];
  /** The first event of each life of the server but the first one. */
  readonly epochs: readonly number[];
}

/** One stream of one client. */
export interface StreamRecord {
  readonly client: Client | 'fresh';
  /** How many streams this client had, this one included. */
  readonly turn: number;
  /** The event whose id it resumed after; undefined for a fresh start. */
  readonly resumedAfter: number | undefined;
  /** The newest event of which the publish had begun when the headers were there. */
  readonly newestAtHead: number;
  /**
   * What is promised of its beginning: `exact` after the id that it resumed with; `gapless` from the first event that
   * comes; `live` where what stands at its beginning is the server's choice, such as initial data.
   */
  readonly promise: 'exact' | 'gapless' | 'live';
  /** Numbers of events as they came. */
  readonly received: readonly number[];
  /** Events that may be missing: more were under way to it than the window allows. */
  readonly excused: ReadonlySet<number>;
  readonly state: 'open' | 'closed' | 'ended by the server' | 'refused';
  /** The newest event that it must have: the newest of all where it is open at the end, else the last it got. */
  readonly owedUpTo: number;
}

/** A comparison of the server's count with the streams that are open. */
export interface CountReading {
  readonly when: 'with streams open' | 'after all had left';
  /** Streams of the history that are open. */
  readonly open: number;
  /** By how many the count is above what it was before the history began: as many as are open, if it is right. */
  readonly above: number;
  /** The lowest count that the server told, and the count before the history began. */
  readonly lowest: number;
  readonly before: number;
  readonly afterMs: number;
}

/** Why a history breaks an invariant. */
export interface Breach {
  /** The invariant's name: the same fault has the same name when it is looked for again. */
  readonly invariant: string;
  readonly message: string;
  /** The stream it shows on, as an index into `streams`. */
  readonly stream?: number;
}

/** Something that holds of every history; each has a file of its own. */
export type Invariant = (history: History) => Breach | undefined;

/** The first invariant that a history breaks. */
export function firstBreach(history: History, invariants: readonly Invariant[]): Breach | undefined {
  for (const invariant of invariants) {
    const breach = invariant(history);
    if (breach) return breach;
  }
  return undefined;
}

/** A stream as one says it: "the stream of A", "the 2nd stream of A". */
export function streamInWords({ client, turn, resumedAfter }: StreamRecord): string {
  if (client === 'fresh') return 'a fresh stream';
  const which = turn === 1 ? 'the stream' : `stream ${turn}`;
  return `${which} of ${client}${resumedAfter === undefined ? '' : `, resumed after event ${resumedAfter},`}`;
}

/** The events of a stream that its promise covers, in the order in which they came. */
export function promised({ promise, received, newestAtHead }: StreamRecord): readonly number[] {
  if (promise !== 'live') return received;
  const from = received.findIndex((number) => number > newestAtHead);
  return from < 0 ? [] : received.slice(from).filter((number) => number > newestAtHead);
}

/** Event numbers as text, cut where there are many. */
export function listed(numbers: readonly number[]): string {
  if (numbers.length === 0) return 'nothing';
  return numbers.length <= 12
    ? numbers.join(', ')
    : `${numbers.slice(0, 6).join(', ')} … ${numbers.slice(-3).join(', ')}`;
}
