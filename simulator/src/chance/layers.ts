import { type Random, seededRandom } from '@ssert/protocol';

/**
 * A generator of its own for each layer of a model, seeded from the run's seed and the layer's name, so that a change to
 * one layer leaves the draws of the others alone.
 */
export function layerRandom(seed: number, layer: string): Random {
  // FNV-1a: any change of seed or name changes every bit of what is seeded.
  let hash = 0x811c9dc5 ^ (seed | 0);
  for (let at = 0; at < layer.length; at += 1) hash = Math.imul(hash ^ layer.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return seededRandom(hash ^ (hash >>> 13));
}

/** A uniform number with 53 bits in the open interval (0, 1), so that its logarithm is finite. */
export function uniform(random: Random): number {
  const high = Math.floor(random.next() * 2 ** 26);
  const low = Math.floor(random.next() * 2 ** 27);
  return (high * 2 ** 27 + low + 0.5) / 2 ** 53;
}
