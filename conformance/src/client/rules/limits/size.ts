import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message, named } from '../../expected.ts';
import { observation, type SceneCase, scene, sceneRule } from '../../scene-rule.ts';
import { headOf, ok, okInOneGo, okInPieces, type Script, verbatim } from '../../script.ts';
import { streamRule } from '../../stream-rule.ts';

const dispatch = [html('dispatchMessage')] as const;
const parsing = [html('parsing-an-event-stream')] as const;

/** As long as 5 MiB in base64, and different all along. */
const large = Array.from({ length: 873_814 }, (_, at) => `${at}`.padStart(8, '.'))
  .join('')
  .slice(0, 6_990_508);

const mega = 2 ** 20;

/** What rules set as the longest data of one event. */
const limitBytes = 10_000;

/** What never ends, and is longer than the limit. */
function beyondLimit(label: string, script: Script): SceneCase {
  return {
    label,
    ...scene(script),
    options: { maxEventBytes: limitBytes },
    events: [],
    noMore: true,
    act: async (play) => {
      const isOver = (): boolean => play.errors.length > 0 && play.asked[0]?.leftAtMs !== undefined;
      if (await play.until(isOver, 5000)) return undefined;
      const missing = play.errors.length === 0 ? 'no error was told' : 'the connection was not given up';
      return { message: missing, boundMs: 5000, tookMs: 5001 };
    },
    watchMs: 3200,
  };
}

/** A body in writes of one size, each sent as soon as the one before is out. */
function inWritesOf(size: number, body: string): Uint8Array[] {
  const bytes = Buffer.from(body);
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

export const sizes: readonly ClientRule[] = [
  streamRule('limits/large-event', 'CS-01', {
    title: 'A large event',
    statement: 'An event of 7 MB in one data line arrives whole.',
    spec: dispatch,
    onlyAsWritten: true,
    cases: [[`data: ${large}\n\n`, message(large)]],
  }),
  streamRule('limits/large-event-in-two-writes', 'CS-02', {
    title: 'A large event in two writes',
    statement: 'An event of 14 MB in two writes arrives whole.',
    spec: dispatch,
    onlyAsWritten: true,
    cases: [[[`data: ${large}`, `${large}\n\n`], message(large + large)]],
  }),
  streamRule('limits/buffer-bookkeeping', 'CS-03', {
    title: 'Buffers keep to their events',
    statement: 'What a buffer held for one write does not leak into the next event.',
    onlyAsWritten: true,
    cases: [[['data: test', 'test\n\ndata:', 'test\n\n'], message('testtest'), message('test')]],
  }),
  sceneRule('limits/long-line-in-small-writes', 'CS-04', {
    title: 'A long line in small writes',
    statement: 'A line of 1 MB in writes of 1 kB arrives whole, and one of 20 kB in writes of 10 bytes.',
    spec: [html('event-stream-interpretation')],
    cases: (
      [
        ['1 MB', 1_000_000, 1000],
        ['20 kB', 20_000, 10],
      ] as const
    ).map(([label, length, size]) => ({
      label,
      ...scene(okInPieces(inWritesOf(size, `data: ${'y'.repeat(length)}\n\n`), 0)),
      events: [message('y'.repeat(length))],
    })),
  }),
  streamRule('limits/long-names-and-ids', 'CS-05', {
    title: 'Long names, types and IDs',
    statement: 'A field name, type, ID or `retry` of 1 MB crashes nothing; type and ID arrive whole.',
    spec: parsing,
    onlyAsWritten: true,
    cases: [
      [`${'n'.repeat(mega)}: 1\ndata: ok\n\n`, message('ok')],
      [`event: ${'e'.repeat(mega)}\ndata: ok\n\n`, named('e'.repeat(mega), 'ok')],
      [`id: ${'i'.repeat(mega)}\ndata: ok\n\n`, message('ok', 'i'.repeat(mega))],
      [`retry: ${'9'.repeat(mega)}\ndata: ok\n\n`, message('ok')],
    ],
  }),
  streamRule('limits/blank-flood', 'CS-09', {
    title: 'Floods without data',
    statement: 'Floods of empty lines, comments and blocks without data yield no event.',
    spec: dispatch,
    onlyAsWritten: true,
    cases: [
      [`${':\n\n'.repeat(20_000)}data: x\n\n`, message('x')],
      [`${'\n'.repeat(20_000)}data: x\n\n`, message('x')],
      [`${'event: foo\n\n'.repeat(20_000)}data: x\n\n`, message('x')],
    ],
  }),
  sceneRule('limits/declared-limit-fails-cleanly', 'CS-10', {
    title: 'A limit that was set',
    statement:
      'An event beyond the limit that the caller set fails the connection: an error, no part of the event, no further request. One of exactly the limit arrives.',
    spec: dispatch,
    needs: ['max-event-size', 'error-event'],
    cases: [
      {
        label: 'an event of exactly the limit',
        ...scene(ok(`data: ${'y'.repeat(limitBytes)}\n\n`)),
        options: { maxEventBytes: limitBytes },
        events: [message('y'.repeat(limitBytes))],
      },
      beyondLimit('a line that is too long', ok(`data: ${'y'.repeat(limitBytes + 1)}\n`)),
      beyondLimit('lines that are too many', ok('data: yyyyyyyyy\n'.repeat(limitBytes / 10 + 1))),
      // Some limit a line that has not ended by another bound, far above.
      beyondLimit('a line without end', okInOneGo(Array.from({ length: 20 }, () => Buffer.alloc(mega, 'data: ')))),
    ],
  }),
  observation('limits/large-heads', 'CS-26', {
    title: 'Large response heads',
    statement: 'What a response head of 8, 16 or 64 kB does, or one of 1000 fields, is left open.',
    spec: parsing,
    cases: [8, 16, 64, 0].map((kilobytes) => {
      const fields = kilobytes > 0 ? 32 : 1000;
      const padding = Array.from({ length: fields }, (_, at) => `X-${at}: ${'p'.repeat(kilobytes * 32)}`);
      return scene(verbatim(headOf('200 OK', ['Content-Type: text/event-stream', ...padding]), 'data: x\n\n'));
    }),
    tell: (plays) =>
      ['8 kB', '16 kB', '64 kB', '1000 fields']
        .map((what, at) => `${what}: ${plays[at]?.events.length ? 'accepted' : 'refused'}`)
        .join('; '),
  }),
];
