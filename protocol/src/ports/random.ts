/** Chance, handed in, so that a seed repeats a run. */
export interface Random {
  /** A number from 0 up to, not including, 1. */
  next(): number;
}

/**
 * A generator that gives the same numbers for the same seed on every machine (sfc32).
 * @param seed any number; its 32 low bits count
 */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9 | 0;
  let b = 0x243f6a88 | 0;
  let c = 0xb7e15162 | 0;
  let counter = seed | 0;
  const next = (): number => {
    const mixed = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + mixed) | 0;
    return (mixed >>> 0) / 4294967296;
  };
  // The first outputs still show the seed; these are thrown away.
  for (let round = 0; round < 12; round += 1) next();
  return { next };
}
