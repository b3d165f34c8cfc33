import type { Random } from '@ssert/protocol';
import type { Fired, Piece, Stage } from '../piece.ts';

/** Time between two slices: without it the receiver's kernel would put them together again. */
const gapMs = 1;

/** Cuts bytes into pieces of 1 to `maxBytes`, a millisecond apart. */
export function slices(maxBytes: number, random: Random, fired: Fired): Stage {
  let nextMs = Number.NEGATIVE_INFINITY;
  return ({ bytes, atMs }) => {
    const pieces: Piece[] = [];
    for (let at = 0; at < bytes.length; ) {
      const end = at + 1 + Math.floor(random.next() * maxBytes);
      nextMs = Math.max(nextMs, atMs);
      pieces.push({ bytes: bytes.subarray(at, end), atMs: nextMs });
      nextMs += gapMs;
      at = end;
    }
    if (pieces.length > 1) fired();
    return pieces;
  };
}
