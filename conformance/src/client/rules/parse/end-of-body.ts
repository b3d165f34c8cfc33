import { html } from '../../../spec.ts';
import { valuesOf } from '../../access/request-reader.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import { scene, sceneRule } from '../../scene-rule.ts';
import { answer, FAST, FIN, ok, raw } from '../../script.ts';

const interpretation = [html('event-stream-interpretation')] as const;
const again = ok('retry:40\ndata:test1\n\nid:test\ndata:test2\n', FIN);

export const endOfBody: readonly ClientRule[] = [
  sceneRule('parse/bom-only-body', 'CP-22', {
    title: 'A body of a mark alone',
    statement: 'A body that is only a byte order mark is an empty stream.',
    spec: interpretation,
    cases: [
      { ...scene(ok('retry: 40\n\n', FIN), ok('\uFEFF', FIN), ok('data: a\n\n')), events: [message('a')], requests: 3 },
    ],
  }),
  sceneRule('parse/always-utf-8', 'CP-23', {
    title: 'The body is UTF-8',
    statement: 'The body is decoded as UTF-8 whatever charset the Content-Type names.',
    spec: interpretation,
    cases: [
      {
        ...scene(answer('200 OK', ['Content-Type: text/event-stream;charset=windows-1252'], 'data:ok…\n\n')),
        events: [message('ok…')],
      },
    ],
  }),
  sceneRule('parse/unfinished-event-is-dropped', 'CP-69', {
    title: 'An unfinished event is dropped',
    statement: 'What has no empty line after it when the body ends is discarded: data, type and ID.',
    spec: interpretation,
    cases: [
      { ...scene(again, again, ok()), events: [message('test1'), message('test1')], requests: 3 },
      {
        ...scene(ok(`${FAST}event: foo\ndata: part\n`, FIN), ok('data: b\n\n')),
        events: [message('b')],
        requests: 2,
      },
    ],
  }),
  sceneRule('parse/unfinished-line-is-dropped', 'CP-70', {
    title: 'An unfinished line is dropped',
    statement: 'A last line without a line end is discarded, also if it is short of only that.',
    spec: interpretation,
    cases: [
      { ...scene(ok(`${FAST}data: a\n\ndata: b`, FIN), ok()), events: [message('a')], requests: 2 },
      { ...scene(ok(`${FAST}data: a\n\ndata: b\n`, FIN), ok()), events: [message('a')], requests: 2 },
      {
        ...scene(ok(`${FAST}data: a\n\nid: 9`, FIN), ok()),
        events: [message('a')],
        requests: 2,
        check: ({ asked: [, second] }) => {
          const ids = second ? valuesOf(second, 'last-event-id') : [];
          return ids.length === 0 ? undefined : `the next request carried Last-Event-ID: ${ids.join(', ')}`;
        },
      },
      { ...scene(ok(FAST, raw('data: a\n\ndata: \xE2\x82'), FIN), ok()), events: [message('a')], requests: 2 },
    ],
  }),
  sceneRule('parse/cr-then-end-of-body', 'CP-71', {
    title: 'A CR before the end',
    statement: 'At the end of the body a CR is a complete line end: one leaves the event unfinished, two finish it.',
    spec: interpretation,
    cases: [{ ...scene(ok(`${FAST}data: a\r\rdata: b\r`, FIN), ok()), events: [message('a')], requests: 2 }],
  }),
  sceneRule('parse/body-without-events', 'CP-72', {
    title: 'A body without events',
    statement: 'A body with no block, or with comments and empty lines alone, yields no event.',
    spec: interpretation,
    cases: [
      { ...scene(ok(FIN)), events: [] },
      { ...scene(ok(':\n\n\r\n', FIN)), events: [] },
    ],
  }),
];
