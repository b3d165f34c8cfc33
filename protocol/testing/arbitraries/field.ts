import fc from 'fast-check';

const names = ['data', 'data', 'data', 'event', 'id', 'retry'];
const nearNames = [
  'Data',
  'ID',
  ' data',
  'data ',
  'dat',
  'datax',
  'da-ta',
  '\uFEFFdata',
  'event\0',
  'foo',
  '__proto__',
  '',
];
const separators = [':', ': ', ':  ', '::', ': :', ':\t', ':\u00A0'];
const telling = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\uFEFF',
  '\u2028',
  '\u0085',
  '\t',
  '7',
  '007',
  '1500',
  '15 ',
  '-1',
  '9'.repeat(30),
  'é€😀',
];

/** Text without line ends: short and plain, or with characters that parsers trip over, or longer than any buffer. */
export const lineText: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', ' ', ':', 'é', '€', '😀', '\0', '\t'), maxLength: 12 }),
  },
  { weight: 3, arbitrary: fc.constantFrom(...telling) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replace(/[\r\n]/g, '')) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 100, max: 40_000 }), fc.constantFrom('x', 'é', '😀'))
      .map(([length, unit]) => unit.repeat(length / unit.length)),
  },
);

/** A comment line, without its end. */
const commentLine = lineText.map((text) => `:${text}`);

/** A line with a field, known or not, however it is written; without its end. */
export const fieldLine: fc.Arbitrary<string> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom(...names), fc.constantFrom(...separators), lineText)
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: fc.constantFrom(...names) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...nearNames), fc.constantFrom('', ...separators), lineText)
      .map((parts) => parts.join('')),
  },
);

/** Any line of a stream, without its end: mostly fields, but also comments, and blank lines. */
export const line: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fieldLine },
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: commentLine },
);
