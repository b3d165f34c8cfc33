import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message, named } from '../../expected.ts';
import { type StreamCase, streamRule } from '../../stream-rule.ts';

/** A little of everything that a cut can hurt. */
const reference: StreamCase = [
  '\uFEFF: c\r\nid: 1…\revent: foo\r\ndata: €😀\ndata\r\n\r\nretry: 5000\n\ndata:: x\r\rdata: y\n\n',
  named('foo', '€😀\n', '1…'),
  message(': x', '1…'),
  message('y', '1…'),
];

const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
const messageBlock = (at: number): string => `data: message ${at}\n\n`;

export const cuts: readonly ClientRule[] = [
  streamRule('parse/every-cut', 'CP-73', {
    title: 'A cut anywhere',
    statement: 'Cutting a stream anywhere changes nothing.',
    cases: [reference],
  }),
  streamRule('parse/byte-by-byte', 'CP-74', {
    title: 'Bytes one by one, two by two',
    statement: 'One byte per write changes nothing; nor do two.',
    onlyAsWritten: true,
    cases: [1, 2].map((size): StreamCase => {
      const [sent, ...expected] = reference;
      const body = Buffer.from(sent as string);
      const pieces = numbers(Math.ceil(body.length / size)).map((at) => body.subarray(at * size, (at + 1) * size));
      return [pieces, ...expected];
    }),
  }),
  streamRule('parse/name-cut-between-writes', 'CP-75', {
    title: 'Names may be cut',
    statement: 'A field name that is cut between writes is recognised, also without a colon.',
    onlyAsWritten: true,
    cases: [
      [['da', 'ta: hel', 'lo\n\n'], message('hello')],
      [['da', 'ta\n\n'], message('')],
      [['data', 'x: no\ndata: ok\n\n'], message('ok')],
    ],
  }),
  streamRule('parse/several-events-in-one-write', 'CP-77', {
    title: 'Several events in one write',
    statement: 'Events in one write are dispatched in order.',
    spec: [html('dispatchMessage')],
    cases: [['data: Hello\n\ndata: World\n\n', message('Hello'), message('World')]],
  }),
  streamRule('parse/order-is-kept', 'CP-78', {
    title: 'Many events keep their order',
    statement: 'Many events in one write arrive all, once and in order.',
    spec: [html('dispatchMessage')],
    onlyAsWritten: true,
    cases: [
      [numbers(100).map(messageBlock).join(''), ...numbers(100).map((at) => message(`message ${at}`))],
      [
        numbers(20).map((write) =>
          numbers(100)
            .map((at) => messageBlock(write * 100 + at))
            .join(''),
        ),
        ...numbers(2000).map((at) => message(`message ${at}`)),
      ],
    ],
  }),
];
