import fc from 'fast-check';

/** Cuts bytes into chunks that hold them all in order: at random places, into even sizes, or with empty chunks. */
export function chunksOf(bytes: Uint8Array): fc.Arbitrary<Uint8Array[]> {
  const cuts = fc
    .array(fc.nat({ max: bytes.length }), { maxLength: 20 })
    .map((positions) => positions.sort((a, b) => a - b));
  const even = fc.constantFrom(1, 2, 3, 64, 255, 256, 1024, 16_384).map((size) => {
    const positions: number[] = [];
    // Not byte by byte through something long: that takes time and finds nothing.
    for (let at = Math.max(size, bytes.length >> 11); at < bytes.length; at += Math.max(size, bytes.length >> 11))
      positions.push(at);
    return positions;
  });
  return fc.oneof(cuts, even).map((positions) => {
    const edges = [0, ...positions, bytes.length];
    return edges.slice(1).map((end, index) => bytes.slice(edges[index], end));
  });
}
