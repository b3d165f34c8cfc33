import type { Random } from '@ssert/protocol';
import { exponential } from '../../chance/distributions.ts';
import type { Fired, Stage } from '../piece.ts';

/**
 * Nothing arrives during a stall; what should have, arrives at its end. The time from the end of one to the start of the
 * next is exponential.
 * @param startMs the moment from which the first is drawn
 */
export function stalls(everyMs: number, lengthMs: number, startMs: number, random: Random, fired: Fired): Stage {
  let beginMs = startMs + exponential(random, everyMs);
  let felt = false;
  return ({ bytes, atMs }) => {
    while (atMs >= beginMs + lengthMs) {
      beginMs += lengthMs + exponential(random, everyMs);
      felt = false;
    }
    if (atMs < beginMs) return [{ bytes, atMs }];
    if (!felt) fired();
    felt = true;
    return [{ bytes, atMs: beginMs + lengthMs }];
  };
}
