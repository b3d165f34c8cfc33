/** The situation that a rule needs could not be created; its verdict is `inconclusive` with this message. */
export class Undecided extends Error {
  override readonly name = 'Undecided';
}

/** The server no longer accepts connections. */
export class TargetLost extends Error {
  override readonly name = 'TargetLost';
}

/** The server could not be reached at all, so that there is nothing to judge; the message says what to do. */
export class TargetUnreachable extends Error {
  override readonly name = 'TargetUnreachable';
}
