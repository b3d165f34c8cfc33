import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message, named } from '../../expected.ts';
import { streamRule } from '../../stream-rule.ts';

const processField = [html('processField')] as const;

export const fieldSyntax: readonly ClientRule[] = [
  streamRule('parse/one-leading-space', 'CP-36', {
    title: 'One leading space is removed',
    statement: 'Exactly one space after the colon is removed.',
    cases: [['event:  greeting\ndata:  Hello\n\n', named(' greeting', ' Hello')]],
  }),
  streamRule('parse/no-leading-space', 'CP-37', {
    title: 'The leading space is optional',
    statement: 'The space after the colon is optional.',
    cases: [
      ['event:greeting\ndata:Hello\n\n', named('greeting', 'Hello')],
      ['data:test\n\ndata: test\n\n', message('test'), message('test')],
    ],
  }),
  streamRule('parse/only-u-0020-is-a-space', 'CP-38', {
    title: 'No other blank is removed',
    statement: 'A tab, a no-break space or another blank after the colon is part of the value.',
    cases: [
      ['data:\ttest\rdata: \ndata:test\n\n', message('\ttest\n\ntest')],
      ['data:\u00A0x\n\n', message('\u00A0x')],
      ['data:\u3000x\n\n', message('\u3000x')],
    ],
  }),
  streamRule('parse/trailing-blanks', 'CP-39', {
    title: 'Trailing blanks are kept',
    statement: 'Blanks at the end of a value are kept.',
    cases: [['data: a \t \n\n', message('a \t ')]],
  }),
  streamRule('parse/name-without-colon', 'CP-40', {
    title: 'A name without a colon',
    statement: 'A line without a colon is a field with that name and an empty value.',
    cases: [['data\n\ndata\ndata\n\ndata:test\n\n', message(''), message('\n'), message('test')]],
  }),
  streamRule('parse/first-colon-splits', 'CP-41', {
    title: 'The first colon splits',
    statement: 'Only the first colon separates; later ones belong to the value.',
    cases: [['data: a:b\n\ndata::c\n\ndata:: d\n\n', message('a:b'), message(':c'), message(': d')]],
  }),
  streamRule('parse/names-compare-literally', 'CP-42', {
    title: 'Names compare literally',
    statement: 'Field names are compared exactly: no case folding, no trimming, no tolerance for stray characters.',
    spec: processField,
    cases: [
      [
        'data:\0\ndata:  2\rData:1\ndata\0:2\ndata:1\r\0data:4\nda-ta:3\rdata_5\ndata:3\rdata:\r\n data:32\ndata:4\n\n',
        message('\0\n 2\n1\n3\n\n4'),
      ],
    ],
  }),
  streamRule('parse/blanks-in-names', 'CP-43', {
    title: 'Blanks make a name unknown',
    statement: 'A space before or after a name makes it unknown, for every field.',
    spec: processField,
    cases: [['data : x\n\n data: y\n\n id: 1\nevent : foo\ndata: z\n\n', message('z')]],
  }),
  streamRule('parse/case-of-other-names', 'CP-44', {
    title: 'Case counts in names',
    statement: '`Event`, `ID`, `Id` and `DATA` are unknown names.',
    spec: processField,
    cases: [['Event: foo\nID: 1\nId: 2\nDATA: no\ndata: x\n\n', message('x')]],
  }),
  streamRule('parse/unknown-fields', 'CP-45', {
    title: 'Unknown fields are ignored',
    statement: 'Unknown fields are ignored and disturb nothing.',
    spec: processField,
    cases: [
      ['data:test\n data\ndata\nfoobar:xxx\njustsometext\n:thisisacommentyay\ndata:test\n\n', message('test\n\ntest')],
      ['event: greeting\ncolor: blue\ndata: Hello\n\n', named('greeting', 'Hello')],
    ],
  }),
  streamRule('parse/field-order', 'CP-46', {
    title: 'Fields in any order',
    statement: 'The order of fields in a block does not matter.',
    cases: [['data: Hello\nid: abc\nevent: greeting\n\n', named('greeting', 'Hello', 'abc')]],
  }),
  streamRule('parse/body-that-is-not-a-stream', 'CP-47', {
    title: 'A body that is something else',
    statement: 'A body of the right type that holds something else, JSON or HTML, yields no event and no crash.',
    spec: processField,
    cases: [
      ['{"error":"x","message":"y"}\n\n<!doctype html>\n<p>hi\n\ndata: ok\n\n', message('ok')],
      ['{"error":"x","message":"y"}\n\ndata: ok\n\n', message('ok')],
    ],
  }),
];
