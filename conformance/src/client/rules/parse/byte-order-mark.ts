import { encodingStandard } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message, named } from '../../expected.ts';
import { raw } from '../../script.ts';
import { streamRule } from '../../stream-rule.ts';

const mark = '\uFEFF';

export const byteOrderMarks: readonly ClientRule[] = [
  streamRule('parse/bom-is-stripped', 'CP-14', {
    title: 'The byte order mark is stripped',
    statement: 'One UTF-8 byte order mark at the start of the stream is not part of it.',
    cases: [
      [`${mark}data: 1\n\n`, message('1')],
      [`${mark}event: greeting\nid: abc\ndata: Hello\n\n`, named('greeting', 'Hello', 'abc')],
      [`${mark}data: First\n\ndata: Second\n\n`, message('First'), message('Second')],
      [`${mark}data: Line1\ndata: Line2\n\n`, message('Line1\nLine2')],
      [`${mark}:comment\ndata: Hello\n\n`, message('Hello')],
      [`${mark}data:\n\n`, message('')],
      [`${mark}\ndata: x\n\n`, message('x')],
    ],
  }),
  streamRule('parse/only-one-bom-is-stripped', 'CP-15', {
    title: 'Only one mark is stripped',
    statement: 'A second byte order mark belongs to the first line, and so to the name of its field.',
    cases: [[`${mark}${mark}data: 1\n\ndata: 2\n\n`, message('2')]],
  }),
  streamRule('parse/bom-at-a-later-line', 'CP-16', {
    title: 'A mark at a later line stays',
    statement: 'A byte order mark at the start of a later line is part of the field name.',
    cases: [[`${mark}data: 1\n\n${mark}data: 2\n\ndata: 3\n\n`, message('1'), message('3')]],
  }),
  streamRule('parse/bom-inside-a-value', 'CP-17', {
    title: 'U+FEFF in a value is kept',
    statement: 'U+FEFF inside a value is kept, also right after the colon and also when the stream began with one.',
    cases: [
      [`data: First\n\ndata: ${mark}Second\n\n`, message('First'), message(`${mark}Second`)],
      [`${mark}data: ${mark}Hello\n\n`, message(`${mark}Hello`)],
      [`data:x${mark}y\nid:${mark}q\n\n`, message(`x${mark}y`, `${mark}q`)],
    ],
  }),
  streamRule('parse/bom-cut-between-writes', 'CP-18', {
    title: 'The mark may be cut',
    statement: 'The byte order mark is recognised when its bytes arrive in separate writes.',
    onlyAsWritten: true,
    cases: [
      [[raw('\xEF\xBB'), raw('\xBFdata: Hello\n\n')], message('Hello')],
      [[raw('\xEF'), raw('\xBB'), raw('\xBF'), 'data: Hello\n\n'], message('Hello')],
    ],
  }),
  streamRule('parse/partial-bom', 'CP-19', {
    title: 'Part of a mark is invalid',
    statement:
      'The first two bytes of a byte order mark, not followed by the third, are an invalid sequence in the first line.',
    cases: [
      [raw('\xEF\xBBdata: 1\n\ndata: 2\n\n'), message('2')],
      [raw('\xEFdata: 1\n\ndata: 2\n\n'), message('2')],
    ],
  }),
  streamRule('parse/bom-lookalike', 'CP-20', {
    title: 'Characters that look like the mark',
    statement: 'The three characters U+00EF U+00BB U+00BF are not a byte order mark.',
    cases: [['\u00EF\u00BB\u00BFdata: 1\n\ndata: 2\n\n', message('2')]],
  }),
  streamRule('parse/utf-16-bom', 'CP-21', {
    title: 'A mark of UTF-16 is invalid',
    statement: 'A byte order mark of UTF-16 does not switch the decoder.',
    spec: [encodingStandard('utf-8-decode')],
    cases: [
      [raw('\xFF\xFEdata: 1\n\ndata: 2\n\n'), message('2')],
      [raw('\xFE\xFFdata: 1\n\ndata: 2\n\n'), message('2')],
    ],
  }),
];
