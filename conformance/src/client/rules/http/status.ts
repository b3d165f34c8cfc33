import { fetchStandard, html, rfc } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import { refused } from '../../refusal.ts';
import { type SceneCase, scene, sceneRule } from '../../scene-rule.ts';
import { answer, FIN, headOf, ok, type Script, verbatim } from '../../script.ts';

const failTheConnection = [html('fail-the-connection')] as const;
const right = ['Content-Type: text/event-stream'];

/** This status with the right type and a body that would be an event. */
const refusal = (status: string, ...fields: readonly string[]): Script =>
  answer(status, [...right, ...fields], 'data: data\n\n', FIN);

const empty = (status: string, ...fields: readonly string[]): Script =>
  verbatim(headOf(status, [...fields, 'Content-Length: 0']), FIN);

const each = (...statuses: readonly number[]) =>
  statuses.flatMap((status) => refused(String(status), refusal(`${status} Refused`)));

const endlessly = (status: string, type: string): Script =>
  answer(status, [`Content-Type: ${type}`], ...Array.from({ length: 40 }, () => [':\n', 100]).flat());

const afterInterim = (interim: string): SceneCase => ({
  label: interim.slice(0, 3),
  ...scene(verbatim(`HTTP/1.1 ${interim}\r\n\r\n`, headOf('200 OK', right), 'data: x\n\n')),
  events: [message('x')],
});

export const statuses: readonly ClientRule[] = [
  sceneRule('http/200-opens', 'CH-18', {
    title: 'Status 200 opens',
    statement: 'Status 200 with the right type opens the stream.',
    spec: [html('announce-the-connection')],
    cases: [
      {
        ...scene(ok('data: x\n\n')),
        events: [message('x')],
        check: ({ reports }, { capabilities }) =>
          capabilities.has('open-event') && !reports.some(({ kind }) => kind === 'open')
            ? 'the client did not tell that the stream is open'
            : undefined,
      },
    ],
  }),
  sceneRule('http/204-stops', 'CH-19', {
    title: 'Status 204 stops',
    statement: 'Status 204 fails the connection: no event, no further request.',
    spec: failTheConnection,
    cases: refused('204', verbatim('HTTP/1.1 204 No Content\r\n\r\n', FIN)),
  }),
  sceneRule('http/other-2xx-fail', 'CH-20', {
    title: 'Other statuses of success fail',
    statement: 'Any other 2xx fails the connection though the type and the body are right.',
    spec: failTheConnection,
    cases: [
      ...each(201, 202, 203, 206, 210, 226, 299),
      ...refused('205', empty('205 Reset Content', 'Content-Type: text/event-stream')),
    ],
  }),
  sceneRule('http/4xx-fail', 'CH-21', {
    title: 'A client error fails',
    statement: 'A 4xx fails the connection.',
    spec: failTheConnection,
    cases: [
      ...each(400, 401, 403, 404, 405, 409, 410, 418, 425, 451, 499),
      ...refused('401 and WWW-Authenticate', refusal('401 Unauthorized', 'WWW-Authenticate: Basic realm="x"')),
      ...refused('429 and Retry-After', refusal('429 Too Many Requests', 'Retry-After: 1')),
    ],
  }),
  sceneRule('http/5xx-fail', 'CH-22', {
    title: 'A server error fails',
    statement: 'A 5xx fails the connection.',
    spec: failTheConnection,
    unless: 'retries-server-errors',
    cases: [
      ...each(500, 501, 502, 504, 599),
      ...refused('503 and Retry-After', refusal('503 Service Unavailable', 'Retry-After: 1')),
    ],
  }),
  sceneRule('http/3xx-without-redirect', 'CH-23', {
    title: 'A 3xx that is no redirect',
    statement: 'A 3xx that is no redirect, or has no Location, fails the connection.',
    spec: [html('fail-the-connection'), fetchStandard('concept-http-fetch')],
    cases: [
      ...[300, 305, 306].flatMap((status) => refused(`${status}`, refusal(`${status} Other`, 'Location: /elsewhere'))),
      ...refused('304', verbatim('HTTP/1.1 304 Not Modified\r\nContent-Type: text/event-stream\r\n\r\n', FIN)),
      ...[301, 302, 303, 307, 308].flatMap((status) =>
        refused(`${status} and no Location`, refusal(`${status} Moved`)),
      ),
    ],
  }),
  sceneRule('http/interim-responses', 'CH-24', {
    title: 'Interim responses are passed over',
    statement: 'Responses 1xx before the final one are passed over.',
    spec: [rfc(9110, '15.2')],
    cases: ['102 Processing', '103 Early Hints\r\nLink: </x>; rel=preload'].map(afterInterim),
  }),
  // Apart from the others, because all that stands on undici breaks this one.
  sceneRule('http/continue-not-asked-for', 'CH-57', {
    title: '100 (Continue), not asked for',
    statement:
      'A 100 is passed over though the request did not expect it: a client must be able to parse 1xx that it does not expect.',
    spec: [rfc(9110, '15.2'), rfc(9110, '15.2.1')],
    cases: [afterInterim('100 Continue')],
  }),
  sceneRule('http/refused-response-is-released', 'CH-26', {
    level: 'SHOULD',
    title: 'A refused response is released',
    statement: 'The connection of a refused response is given up, though its body never ends.',
    spec: failTheConnection,
    cases: [
      ['404', endlessly('404 Not Found', 'text/event-stream')] as const,
      ['a wrong type', endlessly('200 OK', 'text/html')] as const,
    ].map(([label, script]) => ({
      label,
      ...scene(script),
      act: async (play) => void (await play.until(() => play.asked[0]?.leftAtMs !== undefined, 2000)),
      watchMs: 0,
      check: ({ asked: [request] }) =>
        request?.leftAtMs === undefined ? 'the connection was still there after 2 s' : undefined,
    })),
  }),
];

const wrongType = (type: string): Script =>
  answer('200 OK', [`Content-Type: ${type}`, 'X-Content-Type-Options: nosniff'], 'data: data\n\n', FIN);

const accepted = (...types: readonly string[]) =>
  types.map((type) => ({
    label: type,
    ...scene(answer('200 OK', [`Content-Type: ${type}`], 'data: ok…\n\n')),
    events: [message('ok…')],
  }));

const wrongTypes = [
  'text/plain',
  'text/html',
  'application/json',
  'text/x-bogus',
  'x bogus',
  'text/event-streamx',
  'text/event-stream-v2',
  'application/event-stream',
  'text/html; x=text/event-stream',
];

export const contentTypes: readonly ClientRule[] = [
  sceneRule('http/failed-body-is-not-parsed', 'CH-25', {
    title: 'A refused body is not read',
    statement: 'The body of a refused response is never read as events.',
    spec: failTheConnection,
    cases: [
      { label: '404', ...scene(refusal('404 Not Found')), events: [] },
      { label: 'a wrong type', ...scene(wrongType('text/html')), events: [] },
    ],
  }),
  sceneRule('http/type-with-parameters', 'CH-41', {
    title: 'Parameters of the type do not matter',
    statement: 'Parameters of the Content-Type, known or not, do not matter, nor does a stray semicolon.',
    spec: [html('sse-processing-model')],
    cases: accepted(
      'text/event-stream;charset=utf-8',
      'text/event-stream; charset=UTF-8',
      'text/event-stream;charset="utf-8"',
      'text/event-stream;',
      'text/event-stream ; foo=bar',
    ),
  }),
  sceneRule('http/type-case', 'CH-42', {
    title: 'The case of the type does not matter',
    statement: 'The type is compared without regard to case.',
    spec: [html('sse-processing-model')],
    cases: accepted('TEXT/Event-Stream'),
  }),
  sceneRule('http/foreign-charset', 'CH-43', {
    title: 'A foreign charset does not matter',
    statement: 'A charset other than UTF-8 is no reason to refuse.',
    spec: [html('event-stream-interpretation')],
    cases: accepted('text/event-stream;charset=windows-1252', 'text/event-stream; charset=utf-16'),
  }),
  sceneRule('http/wrong-type-fails', 'CH-44', {
    title: 'A wrong type fails',
    statement: 'Any other type fails the connection.',
    spec: failTheConnection,
    cases: wrongTypes.flatMap((type) => refused(type, wrongType(type))),
  }),
  sceneRule('http/missing-type-fails', 'CH-45', {
    title: 'No type fails',
    statement: 'A response without Content-Type fails the connection.',
    spec: failTheConnection,
    cases: refused('no Content-Type', answer('200 OK', ['X-Content-Type-Options: nosniff'], 'data: data\n\n', FIN)),
  }),
];
