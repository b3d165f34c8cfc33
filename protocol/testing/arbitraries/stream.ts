import fc from 'fast-check';
import { line } from './field.ts';

const lineEnd = fc.constantFrom('\n', '\n', '\n', '\r\n', '\r');

/** The text of an event stream: lines of any kind with any ends, perhaps a byte order mark, perhaps unfinished. */
export const streamText: fc.Arbitrary<string> = fc
  .record({
    mark: fc.constantFrom('', '', '', '\uFEFF', '\uFEFF\uFEFF'),
    lines: fc.array(fc.tuple(line, lineEnd), { maxLength: 30 }),
    unfinished: fc.oneof({ weight: 3, arbitrary: fc.constant('') }, { weight: 1, arbitrary: line }),
  })
  .map(({ mark, lines, unfinished }) => mark + lines.flat().join('') + unfinished);

const odd = [0xef, 0xbb, 0xbf, 0xc0, 0x8a, 0x80, 0xff, 0xed, 0xa0, 0xe2, 0x82, 0xf0, 0x9f, 0x0a, 0x0d, 0x00];

/** The bytes of an event stream, now and then with some that are not UTF-8. */
export const streamBytes: fc.Arbitrary<Uint8Array> = fc
  .tuple(streamText, fc.array(fc.tuple(fc.nat(), fc.constantFrom(...odd)), { maxLength: 3 }))
  .map(([text, insertions]) => {
    const bytes = [...new TextEncoder().encode(text)];
    for (const [at, byte] of insertions) bytes.splice(at % (bytes.length + 1), 0, byte);
    return Uint8Array.from(bytes);
  });
