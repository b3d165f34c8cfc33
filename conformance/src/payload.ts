import { type Arbitrary, array, constantFrom, integer, nat, oneof, record, string } from 'fast-check';

/** Pieces that servers, proxies and parsers are known to trip over; the catalogue of rules names where each comes from. */
const pieces = {
  lineBreaks: ['\n', '\r', '\r\n', '\n\n', '\r\r', '\n\r'],
  spaces: [' ', '  ', '\t', 'a ', 'trailing\n', 'trailing\n\n'],
  fieldLike: [
    ':',
    ': a comment',
    'data: x',
    'data:',
    'id: 9',
    'event: y',
    'retry: 1',
    '\ndata: x',
    '\n\nevent: y\ndata: z\n\n',
  ],
  separatorsThatAreNone: ['\u0085', '\u2028', '\u2029', '\u000b', '\u000c', '\u001c', '\u001d', '\u001e'],
  marks: ['\ufeff', '\u0000', 'x\ufeffy'],
  surrogates: ['\ud800', '\udfff', 'x\ud83dy', '\udc00\ud800'],
  wide: ['é', '€', '𝄞', '👩‍👩‍👧‍👦', 'e\u0301', '漢字', '\u202eabc'],
  markup: ['<b>&amp;</b>', '{"a":[1,"\\n"]}', '"quoted"', 'c3NlcnQ=', '[DONE]', '\\n', '%0a', '{{data}}'],
} as const;

/** Characters that end no line, although much software thinks so (HTML 9.2.5). */
export const notLineBreaks: readonly string[] = pieces.separatorsThatAreNone;

/** Any character of Unicode. fast-check's own unit for this builds a table that takes a second. */
const anyCharacter: Arbitrary<string> = integer({ min: 0, max: 0x10_ffff - 0x800 }).map((n) =>
  String.fromCodePoint(n < 0xd800 ? n : n + 0x800),
);

const anyPiece: Arbitrary<string> = oneof(
  ...Object.values(pieces).map((group) => constantFrom(...(group as readonly string[]))),
  string({ unit: 'grapheme', maxLength: 6 }),
  string({ unit: anyCharacter, maxLength: 4 }),
);

/** Short text out of the whole alphabet; shrinks to the fewest and simplest pieces. */
export const anyText: Arbitrary<string> = array(anyPiece, { maxLength: 8 }).map((parts) => parts.join(''));

/** Text of the given characters only. */
export function textOf(characters: readonly string[], maxLength = 12): Arbitrary<string> {
  return string({ unit: constantFrom(...characters), maxLength });
}

const boundarySizes = [1024, 4096, 8192, 16_384, 32_768, 65_536];

/** Text whose size in bytes lies around the buffer sizes of compressors, writers and socket layers. */
export function textAroundBuffers(largest: number): Arbitrary<string> {
  const sizes = [...boundarySizes, 1024 * 1024].filter((size) => size <= largest);
  return record({
    size: constantFrom(...sizes),
    off: constantFrom(-1, 0, 1),
    unit: constantFrom('a', 'é', '€', '𝄞', 'line\n'),
    lead: nat(3),
  }).map(({ size, off, unit, lead }) => {
    const bytes = new TextEncoder().encode(unit).length;
    return 'x'.repeat(lead) + unit.repeat(Math.max(0, Math.floor((size + off - lead) / bytes)));
  });
}
