import { layerRandom } from '../chance/layers.ts';
import { bandwidth } from './faults/bandwidth.ts';
import { corruption } from './faults/corruption.ts';
import { latency } from './faults/latency.ts';
import { slices } from './faults/slices.ts';
import { stalls } from './faults/stalls.ts';
import type { Piece, Stage } from './piece.ts';
import type { WayFaults } from './settings.ts';

/** Where the chance of a way comes from: one generator for each fault, so that they do not disturb one another. */
export interface Origin {
  readonly seed: number;
  /** Names the way among all, such as `3/down`. */
  readonly way: string;
  readonly nowMs: number;
}

/**
 * The faults of a way that delay or change bytes, as one stage.
 * @param fired told which fault did something
 */
export function stagesOf(faults: WayFaults, origin: Origin, fired: (fault: keyof WayFaults) => void): Stage {
  const { seed, way, nowMs } = origin;
  const random = (fault: string) => layerRandom(seed, `${way}/${fault}`);
  const { latencyMs, jitterMs, bandwidthBytesPerS, sliceBytes, stallEveryMs, stallMs, corruptEveryBytes } = faults;
  const stages: Stage[] = [];
  if (corruptEveryBytes > 0)
    stages.push(corruption(corruptEveryBytes, random('corruption'), () => fired('corruptEveryBytes')));
  if (bandwidthBytesPerS > 0) stages.push(bandwidth(bandwidthBytesPerS, () => fired('bandwidthBytesPerS')));
  if (latencyMs + jitterMs > 0) {
    const name = latencyMs > 0 ? 'latencyMs' : 'jitterMs';
    stages.push(latency(latencyMs, jitterMs, random('jitter'), () => fired(name)));
  }
  if (stallEveryMs > 0) stages.push(stalls(stallEveryMs, stallMs, nowMs, random('stalls'), () => fired('stallMs')));
  if (sliceBytes > 0) stages.push(slices(sliceBytes, random('slices'), () => fired('sliceBytes')));
  return (piece) => stages.reduce<readonly Piece[]>((pieces, stage) => pieces.flatMap(stage), [piece]);
}
