import { html, rfc, type SpecReference } from '../../../spec.ts';
import { valuesOf } from '../../access/request-reader.ts';
import type { StageRequest } from '../../access/stage.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import type { Play } from '../../play.ts';
import { observation, scene, sceneRule } from '../../scene-rule.ts';
import { answer, FAST, FIN, ok } from '../../script.ts';

const theInterface = [html('the-eventsource-interface')] as const;
const lastEventIdHeader = [html('the-last-event-id-header')] as const;
/** What the standard's interface does not have and other clients do. */
const optional: SpecReference = {
  title: 'Optional features of sse-contract-tests',
  url: 'https://github.com/launchdarkly/sse-contract-tests#readme',
};

/** Looks at the first request. */
const first =
  (look: (request: StageRequest) => string | undefined) =>
  ({ asked: [request] }: Play): string | undefined =>
    request && look(request);

const lacks =
  (name: string, value: string) =>
  (request: StageRequest): string | undefined => {
    const got = valuesOf(request, name);
    return got.join(', ') === value
      ? undefined
      : `${name} is ${got.length === 0 ? 'absent' : JSON.stringify(got.join(', '))}`;
  };

const custom = { 'header-name-1': 'value-1', 'header-name-2': 'value-2' };
const lacksCustom = (request: StageRequest): string | undefined =>
  Object.entries(custom)
    .map(([name, value]) => lacks(name, value)(request))
    .find((one) => one !== undefined);

const json = '{"hello": "world", "é": "😀"}';
const withBody = (method: 'POST' | 'REPORT') => ({
  ...scene(ok()),
  options: { method, body: json, headers: { 'content-type': 'application/json; charset=utf-8' } },
  check: first((request) => {
    if (request.method !== method) return `the method is ${request.method}`;
    if (Buffer.from(request.body).toString() !== json) {
      return `the body is ${JSON.stringify(Buffer.from(request.body).toString())}`;
    }
    return lacks('content-type', 'application/json; charset=utf-8')(request);
  }),
});

export const requests: readonly ClientRule[] = [
  sceneRule('http/get-without-body', 'CH-01', {
    title: 'GET without a body',
    statement: 'The request is a GET without a body unless the caller said otherwise.',
    spec: theInterface,
    cases: [
      {
        ...scene(ok()),
        check: first((request) => {
          if (request.method !== 'GET') return `the method is ${request.method}`;
          return request.body.length === 0 ? undefined : `it has a body of ${request.body.length} bytes`;
        }),
      },
    ],
  }),
  sceneRule('http/accept', 'CH-02', {
    level: 'SHOULD',
    title: 'Accept: text/event-stream',
    statement: 'The request carries `Accept: text/event-stream`.',
    spec: theInterface,
    cases: [{ ...scene(ok()), check: first(lacks('accept', 'text/event-stream')) }],
  }),
  sceneRule('http/cache-control', 'CH-03', {
    level: 'SHOULD',
    title: 'Caches shall not answer',
    statement: 'Caches on the way are told not to answer: `Cache-Control: no-cache` or `no-store`.',
    spec: theInterface,
    cases: [
      {
        ...scene(ok(FAST, FIN)),
        requests: 2,
        check: ({ asked }) => {
          const without = asked.find(
            (request) => !/\bno-(cache|store)\b/i.test(valuesOf(request, 'cache-control').join()),
          );
          return without && `Cache-Control is ${JSON.stringify(valuesOf(without, 'cache-control').join(', '))}`;
        },
      },
    ],
  }),
  sceneRule('http/never-from-a-cache', 'CH-04', {
    title: 'Never from a cache',
    statement: 'A stored response is never used, however cacheable the server calls it.',
    spec: theInterface,
    cases: [
      {
        answers: (_, nth) =>
          nth > 2
            ? ok()
            : answer(
                '200 OK',
                ['Content-Type: text/event-stream', 'Cache-Control: public, max-age=3600', 'ETag: "1"'],
                `${FAST}data: ${nth}\n\n`,
                FIN,
              ),
        requests: 4,
        events: [message('0'), message('1'), message('2')],
        check: ({ asked }) => {
          const names = ['if-none-match', 'if-modified-since', 'range'];
          const sent = asked.flatMap((request) => names.filter((name) => valuesOf(request, name).length > 0));
          return sent.length === 0 ? undefined : `a later request carried ${sent.join(' and ')}`;
        },
      },
    ],
  }),
  sceneRule('http/no-id-at-first', 'CH-05', {
    title: 'No Last-Event-ID at first',
    statement: 'The first request carries no Last-Event-ID, not even an empty one.',
    spec: lastEventIdHeader,
    cases: [
      {
        ...scene(ok()),
        check: first((request) => {
          const ids = valuesOf(request, 'last-event-id');
          return ids.length === 0 ? undefined : `it carried Last-Event-ID: ${JSON.stringify(ids.join())}`;
        }),
      },
    ],
  }),
  sceneRule('http/caller-headers', 'CH-08', {
    title: "The caller's headers are sent",
    statement: 'Headers given by the caller are sent.',
    spec: [optional],
    needs: ['headers'],
    cases: [{ ...scene(ok()), options: { headers: custom }, check: first(lacksCustom) }],
  }),
  sceneRule('http/caller-headers-every-time', 'CH-09', {
    title: 'They are sent every time',
    statement: 'Headers given by the caller are sent on every reconnection too.',
    spec: [html('reestablish-the-connection')],
    needs: ['headers'],
    cases: [
      {
        ...scene(ok(FAST, FIN)),
        options: { headers: custom },
        requests: 2,
        check: ({ asked: [, second] }) => second && lacksCustom(second),
      },
    ],
  }),
  sceneRule('http/caller-headers-are-checked', 'CH-10', {
    title: 'Headers cannot inject headers',
    statement: 'A header value with CR, LF or NUL is refused, or sent without them; nothing is injected.',
    spec: [rfc(9110, '5.5')],
    needs: ['headers'],
    cases: [
      {
        ...scene(ok()),
        options: { headers: { 'x-given': 'a\r\nX-Injected: 1' } },
        requests: 0,
        act: async (play) => {
          await play.until(() => play.asked.length > 0 || play.refused !== undefined || play.errors.length > 0, 1000);
        },
        check: ({ asked }) =>
          asked.some((request) => valuesOf(request, 'x-injected').length > 0) ? 'X-Injected was sent' : undefined,
      },
    ],
  }),
  sceneRule('http/post-with-body', 'CH-11', {
    title: 'POST with a body',
    statement: 'A configured method and body are sent, with the configured Content-Type.',
    spec: [optional],
    needs: ['post', 'headers'],
    cases: [withBody('POST')],
  }),
  sceneRule('http/report-with-body', 'CH-12', {
    title: 'REPORT with a body',
    statement: 'REPORT and a body are sent, with the configured Content-Type.',
    spec: [optional],
    needs: ['report', 'headers'],
    cases: [withBody('REPORT')],
  }),
  observation('http/default-headers-can-be-dropped', 'CH-16', {
    title: "The caller's Accept and Cache-Control",
    statement: "Whether the caller's Accept and Cache-Control take the place of the client's own is left open.",
    spec: [optional],
    needs: ['headers'],
    cases: [{ ...scene(ok()), options: { headers: { accept: 'text/x-given', 'cache-control': 'max-age=7' } } }],
    tell: ([play]) =>
      ['accept', 'cache-control']
        .map(
          (name) => `${name} goes out as ${(play?.asked[0] && valuesOf(play.asked[0], name).join(', ')) || 'nothing'}`,
        )
        .join('; '),
  }),
  observation('http/body-default-type', 'CH-13', {
    title: 'The default type of a body',
    statement: 'A text body without a configured type is sent as text/plain, with or without a charset.',
    spec: [optional],
    needs: ['post'],
    cases: [{ ...scene(ok()), options: { method: 'POST', body: 'hello' } }],
    tell: ([play]) => {
      const [type = 'no Content-Type'] = play?.asked[0] ? valuesOf(play.asked[0], 'content-type') : [];
      return `a text body goes out with ${type}`;
    },
  }),
  sceneRule('http/initial-id', 'CH-14', {
    title: 'The initial ID is sent',
    statement: 'An initial last event ID given by the caller is sent on the first request.',
    spec: [optional],
    needs: ['last-event-id'],
    cases: [{ ...scene(ok()), options: { lastEventId: 'abc' }, check: first(lacks('last-event-id', 'abc')) }],
  }),
  sceneRule('http/initial-id-counts-as-received', 'CH-15', {
    title: 'The initial ID counts',
    statement: 'An initial ID is carried by events, sent on reconnection, and replaced by a later one.',
    spec: [optional],
    needs: ['last-event-id'],
    cases: [
      {
        ...scene(ok(`${FAST}data: a\n\n`, FIN), ok('id: 2\ndata: b\n\n', FIN)),
        options: { lastEventId: '1' },
        events: [message('a', '1'), message('b', '2')],
        requests: 3,
        check: ({ asked: [, second, third] }) =>
          (second && lacks('last-event-id', '1')(second)) ?? (third && lacks('last-event-id', '2')(third)),
      },
    ],
  }),
];
