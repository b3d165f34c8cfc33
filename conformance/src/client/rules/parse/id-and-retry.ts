import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import { streamRule } from '../../stream-rule.ts';

const dispatch = [html('dispatchMessage')] as const;
const processField = [html('processField')] as const;

export const idAndRetry: readonly ClientRule[] = [
  streamRule('parse/id-is-reported', 'CP-59', {
    title: 'The ID comes with the event',
    statement: '`id` sets the last event ID string that the event carries.',
    spec: dispatch,
    cases: [['id: abc\ndata: Hello\n\n', message('Hello', 'abc')]],
  }),
  streamRule('parse/id-persists', 'CP-60', {
    title: 'The ID persists',
    statement: 'Later events without `id` carry the last one.',
    spec: dispatch,
    persistingIds: true,
    cases: [['id: 1\ndata: 1\n\ndata:2\n\n', message('1', '1'), message('2', '1')]],
  }),
  streamRule('parse/id-changes', 'CP-61', {
    title: 'A new ID replaces the old',
    statement: 'A new `id` replaces the old and persists in turn.',
    spec: dispatch,
    persistingIds: true,
    cases: [['id: 1\ndata: 1\n\nid: 2\ndata:2\n\ndata:3\n\n', message('1', '1'), message('2', '2'), message('3', '2')]],
  }),
  streamRule('parse/empty-id-resets', 'CP-62', {
    title: 'An empty ID resets',
    statement: 'An empty `id` resets the last event ID string to the empty string.',
    spec: dispatch,
    persistingIds: true,
    cases: ['id:', 'id: ', 'id'].map((line) => [
      `id: 1\ndata: 1\n\n${line}\ndata:2\n\ndata:3\n\n`,
      message('1', '1'),
      message('2'),
      message('3'),
    ]),
  }),
  streamRule('parse/id-with-null-is-ignored', 'CP-63', {
    title: 'An ID with NUL is ignored',
    statement: 'An `id` whose value holds U+0000 is ignored.',
    spec: processField,
    cases: ['\0\0', 'x\0', '\0x', 'x\0x', ' \0', 'a\0bc'].map((value) => [
      `id: ${value}\ndata: hello\n\n`,
      message('hello'),
    ]),
  }),
  streamRule('parse/ignored-id-keeps-the-old', 'CP-64', {
    title: 'An ignored ID changes nothing',
    statement: 'An ignored `id` leaves the previous one in force, within the block and across blocks.',
    spec: processField,
    persistingIds: true,
    cases: [['id: 1\nid: \0\ndata: a\n\nid: x\0y\ndata: b\n\n', message('a', '1'), message('b', '1')]],
  }),
  streamRule('parse/id-without-data', 'CP-65', {
    title: 'An ID without data counts',
    statement: 'A block with only an `id` sets the last event ID string.',
    spec: dispatch,
    persistingIds: true,
    cases: [['id: 7\n\ndata: a\n\n', message('a', '7')]],
  }),
  streamRule('parse/last-id-wins', 'CP-66', {
    title: 'The last ID of a block counts',
    statement: 'Of several `id` fields in a block the last valid one counts.',
    spec: processField,
    cases: [['id: 1\nid: 2\ndata: a\n\nid: 3\nid:\ndata: b\n\n', message('a', '2'), message('b')]],
  }),
  streamRule('parse/id-is-verbatim', 'CP-67', {
    title: 'The ID is kept as it is',
    statement: 'The value of `id` is kept as it is: blanks, colons, any script.',
    spec: processField,
    cases: [['id:  x y: …é😀 \ndata: a\n\n', message('a', ' x y: …é😀 ')]],
  }),
  streamRule('parse/retry-is-not-data', 'CP-68', {
    title: '`retry` disturbs no block',
    statement: 'A `retry` field, also an empty one, neither dispatches nor disturbs the block.',
    spec: processField,
    cases: [
      ['retry\ndata:test\n\n', message('test')],
      ['retry:\ndata: a\n\n', message('a')],
      ['data: a\nretry: 10\ndata: b\n\n', message('a\nb')],
    ],
  }),
];
