import { encodingStandard, html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import { raw } from '../../script.ts';
import { streamRule } from '../../stream-rule.ts';

export const lineEndings: readonly ClientRule[] = [
  streamRule('parse/line-feed', 'CP-01', {
    title: 'LF ends a line',
    statement: 'LF ends a line, and an empty line dispatches.',
    cases: [['data: a\n\n', message('a')]],
  }),
  streamRule('parse/crlf', 'CP-02', {
    title: 'CR LF ends a line',
    statement: 'CR LF is one line ending.',
    cases: [['data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n', message('a\nb'), message('c')]],
  }),
  streamRule('parse/carriage-return', 'CP-03', {
    title: 'A lone CR ends a line',
    statement: 'A lone CR ends a line.',
    // The comment gives its byte to a client that looks one ahead.
    cases: [['data: a\rdata: b\r\rdata: c\r\r:\n', message('a\nb'), message('c')]],
  }),
  streamRule('parse/cr-needs-no-lookahead', 'CP-04', {
    level: 'SHOULD',
    title: 'A CR dispatches at once',
    statement: 'An empty line that ends with a lone CR dispatches when the CR arrives, not when the next byte does.',
    cases: [['data: a\r\r', message('a')]],
  }),
  streamRule('parse/mixed-endings', 'CP-05', {
    title: 'Line endings may be mixed',
    statement: 'All three line endings may be mixed in one stream.',
    cases: [['data:test\r\ndata\ndata:test\r\n\r\n', message('test\n\ntest')]],
  }),
  streamRule('parse/lf-cr-is-two-endings', 'CP-06', {
    title: 'LF CR is two endings',
    statement: 'LF CR is two line endings.',
    cases: [['data: a\n\rdata: b\n\n', message('a'), message('b')]],
  }),
  streamRule('parse/cr-crlf-is-two-endings', 'CP-07', {
    title: 'CR CR LF is two endings',
    statement: 'CR CR LF is two line endings, not one and not three.',
    cases: [['data: a\r\r\ndata: b\n\n', message('a'), message('b')]],
  }),
  streamRule('parse/crlf-cut-between-writes', 'CP-09', {
    title: 'CR LF may be cut',
    statement: 'A CR LF whose LF arrives in a later write is one line ending.',
    cases: [
      [
        ['data: Hello\r', '\ndata: World\r', '\n\r\ndata: OK\r', '\n', '\r', '\n'],
        message('Hello\nWorld'),
        message('OK'),
      ],
    ],
  }),
  streamRule('parse/cr-at-write-end', 'CP-10', {
    title: 'A CR at the end of a write',
    statement:
      'A line that ends with the last CR of a write is complete; an LF that begins the next write belongs to it.',
    onlyAsWritten: true,
    cases: [
      [['data: one\n:ignored\r', 'data: two\n\n'], message('one\ntwo')],
      [['data: one\n:ignored\r', '\ndata: two\n\n'], message('one\ntwo')],
      [['data: one\ndata\r', '\ndata: two\n\n'], message('one\n\ntwo')],
      [['data: one\r', '\r', '\n'], message('one')],
    ],
  }),
  streamRule('parse/extra-empty-lines', 'CP-11', {
    title: 'Empty lines do nothing',
    statement: 'Empty lines with nothing buffered do nothing, wherever they stand.',
    cases: [['\n\n\n\nid: 1\ndata: a\n\n\n\ndata: b\n\n', message('a', '1'), message('b', '1')]],
  }),
  streamRule('parse/only-cr-and-lf-end-lines', 'CP-12', {
    title: 'No other line endings',
    statement: 'No character but CR and LF ends a line.',
    spec: [html('parsing-an-event-stream')],
    cases: [
      [
        'data: a\u2028b\u2029c\u0085d\u000be\u000cf\u001cg\u001eh\n\n',
        message('a\u2028b\u2029c\u0085d\u000be\u000cf\u001cg\u001eh'),
      ],
    ],
  }),
  streamRule('parse/overlong-newline', 'CP-13', {
    title: 'An overlong LF is invalid',
    statement: 'An overlong encoding of LF or CR is an invalid sequence, not a line ending.',
    spec: [encodingStandard('utf-8-decoder')],
    cases: [[raw('data: a\xC0\x8Ab\xC0\x8Dc\n\n'), message('a\uFFFD\uFFFDb\uFFFD\uFFFDc')]],
  }),
];
