import { encodingStandard, html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import { raw } from '../../script.ts';
import { streamRule } from '../../stream-rule.ts';

const text = '€豆腐 😀 👩🏽‍🚀 é e\u0301';
const controls = '\u0001\u0008\u001B\u007F\uFFFE\uFFFF';

export const decoding: readonly ClientRule[] = [
  streamRule('parse/multi-byte-text', 'CP-24', {
    title: 'Text of any script',
    statement: 'Text outside ASCII arrives unchanged, with supplementary planes, joiners and combining marks.',
    cases: [[`data: ${text}\n\n`, message(text)]],
  }),
  streamRule('parse/character-cut-between-writes', 'CP-25', {
    title: 'Characters may be cut',
    statement: 'A character whose bytes arrive in separate writes is decoded once, whole.',
    cases: [
      ['data: €豆腐😀\n\n', message('€豆腐😀')],
      [[raw('data: \xF0\x9F'), raw('\x98\x80\n\n')], message('😀')],
    ],
  }),
  streamRule('parse/invalid-utf-8', 'CP-26', {
    title: 'Invalid UTF-8 is replaced',
    statement:
      'Invalid sequences become U+FFFD, one for each maximal subpart, and never swallow what follows, above all not a line end.',
    spec: [encodingStandard('utf-8-decoder')],
    cases: [[raw('data: \xFFx\xC3(\xE2\x82\n\n'), message('\uFFFDx\uFFFD(\uFFFD')]],
  }),
  streamRule('parse/surrogates-and-overlongs', 'CP-27', {
    title: 'Surrogates and overlong forms',
    statement: 'Encoded surrogates, overlong forms and bytes above F4 are invalid, byte by byte.',
    spec: [encodingStandard('utf-8-decoder')],
    cases: [
      [
        raw('data: \xED\xA0\x80|\xC0\x80|\xF5\x80|\xF0\x9F\x98!\n\n'),
        message('\uFFFD\uFFFD\uFFFD|\uFFFD\uFFFD|\uFFFD\uFFFD|\uFFFD!'),
      ],
    ],
  }),
  streamRule('parse/invalid-utf-8-in-names', 'CP-28', {
    title: 'Invalid UTF-8 in names and ids',
    statement: 'An invalid byte in a field name makes the name unknown; in an id it becomes U+FFFD.',
    cases: [[raw('\xFFdata: x\nid: \xFF\ndata: y\n\n'), message('y', '\uFFFD')]],
  }),
  streamRule('parse/null-in-data', 'CP-29', {
    title: 'NUL in data is kept',
    statement: 'U+0000 in data is kept.',
    cases: [
      ['data:\0\n\n', message('\0')],
      ['data: a\0b\n\n', message('a\0b')],
    ],
  }),
  streamRule('parse/control-characters-and-noncharacters', 'CP-30', {
    title: 'Control characters are kept',
    statement: 'Other control characters and noncharacters are kept.',
    spec: [html('parsing-an-event-stream')],
    cases: [[`data: ${controls}\n\n`, message(controls)]],
  }),
];
