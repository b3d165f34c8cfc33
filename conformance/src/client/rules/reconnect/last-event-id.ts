import { html } from '../../../spec.ts';
import { valuesOf } from '../../access/request-reader.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import type { Play } from '../../play.ts';
import { observation, type SceneCase, scene, sceneRule } from '../../scene-rule.ts';
import { FAST, FIN, ok, RST, verbatim } from '../../script.ts';

const header = [html('the-last-event-id-header')] as const;

/** What Last-Event-ID must be on the requests from the second on; undefined for none. */
const ids =
  (...expected: readonly (string | undefined)[]) =>
  ({ asked }: Play): string | undefined => {
    for (const [at, wanted] of expected.entries()) {
      const request = asked[at + 1];
      if (!request) continue;
      const got = valuesOf(request, 'last-event-id');
      // The bytes of a value come as characters up to U+00FF.
      const values = got.map((value) => Buffer.from(value, 'latin1').toString());
      if (values.length > 1) return `request ${at + 2} carried Last-Event-ID ${values.length} times`;
      if (values[0] === wanted) continue;
      const told = values[0] === undefined ? 'no Last-Event-ID' : `Last-Event-ID ${JSON.stringify(values[0])}`;
      return `request ${at + 2} carried ${told}, and ${wanted === undefined ? 'none' : JSON.stringify(wanted)} would be right`;
    }
    return undefined;
  };

/** A first body, ended, and what the next request must carry. */
const next = (body: string, expected: string | undefined): SceneCase => ({
  ...scene(ok(FAST + body, FIN)),
  requests: 2,
  check: ids(expected),
});

export const lastEventIds: readonly ClientRule[] = [
  sceneRule('reconnect/id-is-sent', 'CR-23', {
    title: 'The last event ID is sent',
    statement: 'The reconnection carries the last event ID.',
    spec: header,
    cases: [next('id: abc\ndata: Hello\n\n', 'abc')],
  }),
  sceneRule('reconnect/id-is-sent-after-events-without', 'CR-24', {
    title: 'It outlives events without one',
    statement: 'The reconnection carries the last event ID also if later events had none.',
    spec: header,
    cases: [next('id: abc\ndata: Hello\n\ndata: World\n\n', 'abc')],
  }),
  sceneRule('reconnect/id-outlives-connections', 'CR-25', {
    title: 'It outlives connections',
    statement: 'The last event ID holds also if a whole later connection had none; its events carry the old one.',
    spec: [...header, html('dispatchMessage')],
    cases: ({ capabilities }) => [
      {
        ...scene(ok(`${FAST}id: 5\ndata: a\n\n`, FIN), ok('data: b\n\n', FIN), ok('data: b\n\n', FIN)),
        ...(capabilities.has('event-id-only') ? {} : { events: ['a', 'b', 'b'].map((data) => message(data, '5')) }),
        requests: 4,
        check: ids('5', '5', '5'),
      },
    ],
  }),
  sceneRule('reconnect/id-outlives-failures', 'CR-26', {
    title: 'It outlives failures',
    statement: 'The last event ID is sent also after failed attempts and resets.',
    spec: header,
    cases: [
      {
        ...scene(ok(`${FAST}id: 5\ndata: a\n\n`, RST), verbatim(RST), verbatim(RST)),
        requests: 4,
        check: ids('5', '5', '5'),
      },
    ],
  }),
  sceneRule('reconnect/empty-id-is-not-sent', 'CR-27', {
    title: 'An empty ID is not sent',
    statement: 'After a reset to the empty string the header is absent.',
    spec: [html('event-stream-interpretation')],
    cases: [
      next('id: abc\ndata: Hello\n\nid: \ndata: World\n\n', undefined),
      {
        ...scene(ok(`${FAST}id: abc\ndata: Hello\n\n`, FIN), ok('id\ndata: World\n\n', FIN)),
        requests: 3,
        check: ids('abc', undefined),
      },
    ],
  }),
  sceneRule('reconnect/id-without-data-is-sent', 'CR-28', {
    title: 'An ID without data is sent',
    statement: 'An `id` in a block without data counts.',
    spec: [html('dispatchMessage')],
    cases: [next('id: 9\n\n', '9')],
  }),
  sceneRule('reconnect/undispatched-id-is-not-sent', 'CR-29', {
    title: 'An unfinished ID is not sent',
    statement: 'An `id` whose block never ended does not count.',
    spec: [html('dispatchMessage')],
    cases: [next('id: 1\ndata: a\n\nid: 2\ndata: b\n', '1')],
  }),
  sceneRule('reconnect/null-id-is-not-sent', 'CR-30', {
    title: 'An ID with NUL is not sent',
    statement: 'An `id` with U+0000 does not count.',
    spec: [html('processField')],
    cases: [
      ...['\0\0', 'x\0', '\0x', 'x\0x', ' \0'].map((value) => next(`id: ${value}\ndata: hello\n\n`, undefined)),
      next('id: 1\ndata: a\n\nid: x\0\ndata: hello\n\n', '1'),
    ],
  }),
  sceneRule('reconnect/id-is-utf-8-on-the-wire', 'CR-31', {
    title: 'The ID is UTF-8 on the wire',
    statement: "The bytes of the header's value are the UTF-8 of the ID.",
    spec: [html('reestablish-the-connection')],
    cases: ['…', 'é', '日本', '😀'].map((id) => ({ label: id, ...next(`id: ${id}\ndata: a\n\n`, id) })),
  }),
  sceneRule('reconnect/id-is-sent-once', 'CR-32', {
    title: 'The ID is sent once',
    statement: 'There is one Last-Event-ID header with the newest value, also if the caller preset one.',
    spec: [html('reestablish-the-connection')],
    needs: ['headers'],
    cases: ['last-event-id', 'Last-Event-ID'].map((name) => ({
      label: `a preset ${name}`,
      ...next('id: 2\ndata: a\n\n', '2'),
      options: { headers: { [name]: '1' } },
    })),
  }),
  observation('reconnect/id-with-blanks', 'CR-33', {
    title: 'IDs with blanks, and long ones',
    statement: 'How an ID with blanks at its ends, or one of 20,000 bytes, is sent is left open.',
    spec: header,
    cases: ['id:  x \ndata: a\n\n', `id: ${'y'.repeat(20_000)}\ndata: a\n\n`].map((body) => ({
      ...scene(ok(FAST + body, FIN)),
      requests: 2,
      requestMs: 2000,
    })),
    tell: (plays) =>
      plays
        .map(({ asked: [, second] }, at) => {
          const sent = second && valuesOf(second, 'last-event-id')[0];
          const what = at === 0 ? '" x "' : '20,000 bytes';
          if (!second) return `${what}: no request came any more`;
          return `${what}: ${sent === undefined ? 'not sent' : sent.length > 40 ? `${sent.length} bytes sent` : JSON.stringify(sent)}`;
        })
        .join('; '),
  }),
];
