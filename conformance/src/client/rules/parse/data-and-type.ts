import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message, named } from '../../expected.ts';
import { streamRule } from '../../stream-rule.ts';

const dispatch = [html('dispatchMessage')] as const;

export const dataAndType: readonly ClientRule[] = [
  streamRule('parse/data-lines-join', 'CP-48', {
    title: 'Data lines join with LF',
    statement: 'Several data lines join with LF.',
    spec: dispatch,
    cases: [
      ['data: Hello\ndata:World\n\n', message('Hello\nWorld')],
      ['data: YHOO\ndata: +2\ndata: 10\n\n', message('YHOO\n+2\n10')],
      ['data:msg\ndata: msg\n\n', message('msg\nmsg')],
    ],
  }),
  streamRule('parse/empty-data-lines', 'CP-49', {
    title: 'Empty data lines count',
    statement:
      'Empty data lines count, at the beginning, in the middle and at the end; only the one final LF is dropped.',
    spec: dispatch,
    cases: [
      ['data:\ndata: line2\ndata: line3\n\n', message('\nline2\nline3')],
      ['data: line1\ndata:\ndata: line3\n\n', message('line1\n\nline3')],
      ['data: a\ndata:\n\n', message('a\n')],
      ['data:\ndata:\n\n', message('\n')],
    ],
  }),
  streamRule('parse/empty-data-dispatches', 'CP-50', {
    title: 'Empty data is an event',
    statement: 'A block with one empty data field dispatches an event whose data is the empty string.',
    spec: dispatch,
    cases: [
      ['data:\n\n', message('')],
      ['data: \n\n', message('')],
    ],
  }),
  streamRule('parse/no-data-no-event', 'CP-51', {
    title: 'Without data no event',
    statement: 'A block without a data field dispatches nothing.',
    spec: dispatch,
    cases: [['event: foo\n\nid: 3\n\nretry: 5000\n\n: c\n\n\n\nfoo: bar\n\ndata: x\n\n', message('x', '3')]],
  }),
  streamRule('parse/event-names-the-type', 'CP-52', {
    title: '`event` names the type',
    statement: '`event` sets the type of this event and of no other.',
    spec: dispatch,
    cases: [['event:test\ndata:x\n\ndata:x\n\n', named('test', 'x'), message('x')]],
  }),
  streamRule('parse/default-type-is-message', 'CP-53', {
    title: 'The default type is message',
    statement: 'Without `event` the type is `message`.',
    spec: dispatch,
    cases: [['data: Hello\n\n', message('Hello')]],
  }),
  streamRule('parse/empty-type-is-message', 'CP-54', {
    title: 'An empty type is message',
    statement: 'An empty `event` value means `message`.',
    spec: dispatch,
    cases: [
      ['event: \ndata:data\n\n', message('data')],
      ['event:\ndata:data\n\n', message('data')],
      ['event\ndata:data\n\n', message('data')],
    ],
  }),
  streamRule('parse/last-event-field-wins', 'CP-55', {
    title: 'The last `event` counts',
    statement: 'Of several `event` fields in a block the last counts, also when it is empty.',
    spec: [html('processField')],
    cases: [
      ['event: foo\nevent: bar\ndata: x\n\n', named('bar', 'x')],
      ['event: foo\nevent:\ndata: y\n\n', message('y')],
      ['event: foo\nevent\ndata: z\n\n', message('z')],
    ],
  }),
  streamRule('parse/type-is-forgotten-at-the-empty-line', 'CP-56', {
    title: 'The type ends with its block',
    statement: 'The type is reset by the empty line even if no event came of the block.',
    spec: dispatch,
    cases: [['event: foo\n\ndata: x\n\n', message('x')]],
  }),
  streamRule('parse/types-error-and-open', 'CP-57', {
    title: 'Types named error, open, close',
    statement: 'A server may use `error`, `open`, `message` and `close` as types: they arrive as events with data.',
    spec: dispatch,
    cases: [
      [
        'event: error\ndata: x\n\nevent: open\ndata: y\n\nevent: message\ndata: m\n\nevent: close\ndata: c\n\ndata: z\n\n',
        named('error', 'x'),
        named('open', 'y'),
        message('m'),
        named('close', 'c'),
        message('z'),
      ],
    ],
  }),
  streamRule('parse/any-string-is-a-type', 'CP-58', {
    title: 'Any string is a type',
    statement: 'Any string is a type: blanks, other scripts, names of object members.',
    spec: dispatch,
    cases: [
      [
        'event: a b\ndata: 1\n\nevent: 日本\ndata: 2\n\nevent: __proto__\ndata: 3\n\nevent: constructor\ndata: 4\n\ndata: 5\n\n',
        named('a b', '1'),
        named('日本', '2'),
        named('__proto__', '3'),
        named('constructor', '4'),
        message('5'),
      ],
    ],
  }),
];
