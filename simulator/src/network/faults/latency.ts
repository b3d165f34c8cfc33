import type { Random } from '@ssert/protocol';
import type { Fired, Stage } from '../piece.ts';

/** Delays every piece by the latency and, by chance, up to the jitter more. No piece overtakes another. */
export function latency(latencyMs: number, jitterMs: number, random: Random, fired: Fired): Stage {
  let lastMs = Number.NEGATIVE_INFINITY;
  return ({ bytes, atMs }) => {
    fired();
    lastMs = Math.max(lastMs, atMs + latencyMs + jitterMs * random.next());
    return [{ bytes, atMs: lastMs }];
  };
}
