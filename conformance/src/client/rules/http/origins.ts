import { fetchStandard, html, type SpecReference } from '../../../spec.ts';
import { valuesOf } from '../../access/request-reader.ts';
import type { StageRequest } from '../../access/stage.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import type { Play } from '../../play.ts';
import { refused } from '../../refusal.ts';
import { observation, type SceneCase, sceneRule } from '../../scene-rule.ts';
import { answer, FAST, FIN, type Part, type Script } from '../../script.ts';
import { forAll, path, to } from './redirecting.ts';

const type = 'Content-Type: text/event-stream';

/** Lets the page that asks read the response, with its credentials. */
const allowed = (request: StageRequest, ...fields: readonly string[]): string[] => [
  `Access-Control-Allow-Origin: ${valuesOf(request, 'origin').join()}`,
  'Access-Control-Allow-Credentials: true',
  ...fields,
];

const okFor = (request: StageRequest, ...body: readonly Part[]): Script =>
  answer('200 OK', [type, ...allowed(request)], ...body);

const isFrom = (origin: string, { events }: Play): string | undefined => {
  const wrong = events.find((event) => event.origin !== origin);
  return wrong && `origin is ${wrong.origin}, not ${origin}`;
};

const forbidden = (label: string, ...fields: readonly string[]): SceneCase => {
  const [direct] = refused(label, answer('200 OK', [type, ...fields], 'data: data\n\n', FIN));
  return { ...direct, options: { fromElsewhere: true } };
};

/** Sets a cookie for the whole host, ports do not count, and tells what came back with the second request. */
const withCookies = (withCredentials: boolean | undefined, isRight: (sent: string) => boolean): SceneCase => ({
  label: `withCredentials ${withCredentials ?? 'left out'}`,
  answers: (request, nth) =>
    nth === 0
      ? answer('200 OK', [type, ...allowed(request, 'Set-Cookie: ssert=1; Path=/; Max-Age=60')], FAST, FIN)
      : okFor(request),
  options: { fromElsewhere: true, ...(withCredentials === undefined ? {} : { withCredentials }) },
  requests: 2,
  watchMs: 0,
  check: ({ asked: [, second] }) => {
    const sent = second ? valuesOf(second, 'cookie').join() : '';
    return isRight(sent) ? undefined : `the second request carried ${sent || 'no'} cookie`;
  },
});

/** The proposal to preflight what is not safe, and to leave the rest as it is. */
const proposal: SpecReference = {
  title: 'Fetch, proposed change 1788',
  url: 'https://github.com/whatwg/fetch/pull/1788',
};
const oddIds = { 'a plain one': 'abc', 'one of 255 bytes': 'a'.repeat(255), 'one with <': 'e5p3n<3k0k0s' };

export const origins: readonly ClientRule[] = [
  sceneRule('http/cross-origin', 'CH-52', {
    title: 'A stream of another origin',
    statement: "A stream of another origin that allows the page works, and its events carry the server's origin.",
    spec: [html('the-eventsource-interface'), fetchStandard('cors-check')],
    needs: ['cors', 'origin'],
    cases: [
      {
        label: 'a reconnection',
        answers: (request, nth) => okFor(request, ...(nth === 0 ? [`${FAST}data: a\n\n`, FIN] : ['data: b\n\n'])),
        options: { fromElsewhere: true },
        requests: 2,
        events: [message('a'), message('b')],
        check: (play) => isFrom(new URL(play.url).origin, play),
      },
      {
        label: 'a redirect',
        answers: (request) => to(307, `http://${request.elsewhere}${path(request.target)}/target`, ...allowed(request)),
        // Behind it the origin is opaque.
        below: { '/target': [answer('200 OK', [type, forAll], 'data: x\n\n')] },
        options: { fromElsewhere: true },
        events: [message('x')],
        check: (play) => isFrom(`http://${play.asked[0]?.elsewhere}`, play),
      },
    ],
  }),
  sceneRule('http/cors-failure', 'CH-53', {
    title: 'A response that CORS forbids',
    statement: 'A response that does not allow the page fails the connection: no open, no event.',
    spec: [html('sse-processing-model'), fetchStandard('cors-check')],
    needs: ['cors'],
    cases: [
      forbidden('nothing allowed'),
      forbidden('nobody allowed', 'Access-Control-Allow-Origin: '),
      forbidden('a third party allowed', 'Access-Control-Allow-Origin: http://example.not'),
    ],
  }),
  sceneRule('http/credentials-mode', 'CH-54', {
    title: 'Cookies to another origin',
    statement: 'Cookies go to another origin with `withCredentials`, and without it do not.',
    spec: [html('the-eventsource-interface')],
    needs: ['cors'],
    // The first leaves the cookie that the others must keep to themselves.
    oneByOne: true,
    cases: [
      withCookies(true, (sent) => sent.includes('ssert=1')),
      withCookies(false, (sent) => sent === ''),
      withCookies(undefined, (sent) => sent === ''),
    ],
  }),
  observation('http/preflight-for-odd-ids', 'CH-55', {
    title: 'A preflight for odd IDs',
    statement: 'Whether a reconnection to another origin is preflighted for an ID that is not safe is left open.',
    spec: [proposal],
    needs: ['cors'],
    cases: Object.values(oddIds).map((id) => ({
      answers: (request, nth) => {
        if (request.method === 'OPTIONS') {
          return answer('200 OK', allowed(request, 'Access-Control-Allow-Headers: last-event-id'), FIN);
        }
        return okFor(request, ...(nth === 0 ? [`${FAST}id: ${id}\ndata: a\n\n`, FIN] : []));
      },
      options: { fromElsewhere: true },
      requests: 2,
    })),
    tell: (plays) =>
      Object.keys(oddIds)
        .map((name, at) => {
          const methods = plays[at]?.asked.slice(1).map(({ method }) => method) ?? [];
          return `${name}: ${methods.join(', then ') || 'nothing'}`;
        })
        .join('; '),
  }),
];
