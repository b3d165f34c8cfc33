/** Bytes on their way, and the moment at which they arrive if nothing else delays them. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** By the clock of the network. */
  readonly atMs: number;
}

/** What one fault makes of the pieces of one way, which it is given in order. It remembers what it needs of them. */
export type Stage = (piece: Piece) => readonly Piece[];

/** Told each time that a fault does something. */
export type Fired = () => void;
