import type { Fired, Piece, Stage } from '../piece.ts';

/** What a reader of a slow line gets at once, as a share of a second. */
const shareAtOnce = 1 / 50;

/** Lets so many bytes pass in a second; what comes faster waits its turn. */
export function bandwidth(bytesPerS: number, fired: Fired): Stage {
  const pieceBytes = Math.max(1, Math.floor(bytesPerS * shareAtOnce));
  let freeAtMs = Number.NEGATIVE_INFINITY;
  return ({ bytes, atMs }) => {
    if (atMs < freeAtMs) fired();
    const pieces: Piece[] = [];
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const part = bytes.subarray(at, at + pieceBytes);
      freeAtMs = Math.max(freeAtMs, atMs) + (part.length * 1000) / bytesPerS;
      pieces.push({ bytes: part, atMs: freeAtMs });
    }
    return pieces;
  };
}
