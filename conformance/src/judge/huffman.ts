/** Bits of the code of each byte, and last of the end-of-string symbol (RFC 7541 appendix B). */
const lengths: readonly number[] = (
  `13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28
   6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10
   13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6
   15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28
   20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24
   22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23
   26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27
   20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26
   30`.match(/\d+/g) ?? []
).map(Number);

const endOfString = 256;
const longest = 30;

/** Symbols of each length in their order, and the code of the first: the codes are canonical. */
const byLength: readonly { readonly first: number; readonly symbols: readonly number[] }[] = (() => {
  const rows: { first: number; symbols: number[] }[] = [{ first: 0, symbols: [] }];
  for (let length = 1; length <= longest; length += 1) {
    const before = rows[length - 1] ?? { first: 0, symbols: [] };
    const symbols = lengths.flatMap((one, symbol) => (one === length ? [symbol] : []));
    rows.push({ first: (before.first + before.symbols.length) * 2, symbols });
  }
  return rows;
})();

/** The bytes that a string literal's Huffman code stands for, or undefined where it is none (RFC 7541 5.2). */
export function decodeHuffman(bytes: Uint8Array): Uint8Array | undefined {
  const decoded: number[] = [];
  let code = 0;
  let length = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      code = code * 2 + ((byte >> bit) & 1);
      length += 1;
      const row = byLength[length];
      const symbol = row?.symbols[code - row.first];
      if (symbol === endOfString || length > longest) return undefined;
      if (symbol === undefined) continue;
      decoded.push(symbol);
      code = 0;
      length = 0;
    }
  }
  // What is left is padding: fewer than 8 bits, all of them set.
  return length < 8 && code === 2 ** length - 1 ? Uint8Array.from(decoded) : undefined;
}
