/** What a publisher adds to a channel. */
export interface NewEntry<Content> {
  /** Any value that JSON carries. */
  readonly content: Content;
  /** Only for a log that {@link EventLog.takesIds}; without it the log assigns one. */
  readonly id?: string | undefined;
}

export interface LogEntry<Content> {
  readonly id: string;
  readonly content: Content;
}

/** The channel that a log feeds. */
export interface LogReader<Content> {
  /** Each entry exactly once, in the log's order, whoever appended it. */
  onEntry(entry: LogEntry<Content>): void;
  /** Entries were lost before this reader had them: what it has is no longer an unbroken part of the log. */
  onGap(): void;
}

/**
 * The events of one channel in their order, kept for streams that resume. A channel holds the newest in memory itself,
 * so a log is asked only for what is older, and at the start.
 */
export interface EventLog<Content> {
  /** Whether publishers may give ids of their own; otherwise the log assigns all of them. */
  readonly takesIds: boolean;

  /**
   * Hands over the newest entries that the log holds, at most `newest` of them, the oldest first; from then on every
   * later one, for as long as the store is open. Called once.
   * @throws LogUnavailable
   */
  open(reader: LogReader<Content>, newest: number): Promise<void>;

  /**
   * Adds entries behind all others, all of them or none. Resolves with their ids once they are as safe as this log
   * makes them; the reader is given them before or soon after, never what could still be lost.
   * @throws LogUnavailable when they could not be stored, or nobody can tell whether they were
   * @throws IdTaken when an entry's id is that of another, or of a form that the log assigns
   */
  append(entries: readonly NewEntry<Content>[]): Promise<readonly string[]>;

  /**
   * Entries behind the one with this id, the oldest first, at most `limit`, or fewer where they are large; none only where
   * it is the newest. Undefined when the log does not hold it: nobody knows what came behind it.
   * @throws LogUnavailable also, for a store outside the process, when the store is closed
   */
  readAfter(id: string, limit: number): Promise<readonly LogEntry<Content>[] | undefined>;
}

/** Where the logs of all channels are kept. */
export interface EventStore {
  /** The log of a channel; one call for each name. */
  log<Content>(channel: string): EventLog<Content>;

  /**
   * What is wrong now, for people to read: nothing can be appended, or what others append does not come. Undefined while
   * all is well. It names no address and no secret, as anyone may be shown it.
   */
  readonly problem: string | undefined;

  /** Lets go of files and connections; what was appended before stays. Appending afterwards throws LogUnavailable. */
  close(): Promise<void>;
}

/** The log could not be reached or could not store; what the caller wanted may work later. */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';
  /** The HTTP status that says so. */
  readonly status: number = 503;
}

/** A publisher's id is one that the log holds already, or of the form that it assigns itself. */
export class IdTaken extends Error {
  override readonly name = 'IdTaken';

  constructor() {
    super('id is that of another event, or of the form that this server assigns');
  }
}
