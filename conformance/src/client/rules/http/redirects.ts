import { fetchStandard, html } from '../../../spec.ts';
import { valuesOf } from '../../access/request-reader.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import type { Play } from '../../play.ts';
import { refused } from '../../refusal.ts';
import { observation, scene, sceneRule } from '../../scene-rule.ts';
import { answer, FAST, FIN, ok, type Script, verbatim } from '../../script.ts';
import { path, to } from './redirecting.ts';

const redirectFetch = [fetchStandard('http-redirect-fetch')] as const;
const followed = [301, 302, 303, 307, 308];

const reaches =
  (place: string) =>
  (play: Play): string | undefined =>
    play.requests.some((request) => request.path === place)
      ? undefined
      : `${place} was not asked; ${play.requests.map((request) => request.path || 'the URL itself').join(', ')} was`;

/** More than the first request and 20 redirects came before any reconnection time is over. */
const tooManySoon = ({ asked: [begin, ...more] }: Play): string | undefined => {
  const soon = more.filter(({ atMs }) => atMs - (begin?.atMs ?? 0) < 450).length + 1;
  return soon > 21 ? `${soon} requests came within 450 ms` : undefined;
};

export const redirects: readonly ClientRule[] = [
  sceneRule('http/redirects-are-followed', 'CH-28', {
    title: 'Redirects are followed',
    statement: '301, 302, 303, 307 and 308 are followed.',
    spec: [html('the-eventsource-interface'), ...redirectFetch],
    cases: followed.map((status) => ({
      label: String(status),
      answers: ({ authority, target }) => to(status, `http://${authority}${path(target)}/target`),
      below: { '/target': [ok('data: hello\n\n')] },
      events: [message('hello')],
      check: ({ errors }) => (errors.length === 0 ? undefined : 'an error was told on the way'),
    })),
  }),
  sceneRule('http/relative-location', 'CH-29', {
    title: 'A relative Location',
    statement: 'A relative Location is resolved against the URL that sent it.',
    isAboutAskingAgain: true,
    spec: [fetchStandard('concept-response-location-url')],
    cases: [
      {
        label: 'an absolute path',
        answers: ({ target }) => to(302, `${path(target)}/abs/path`),
        below: { '/abs/path': [ok('data: x\n\n')] },
        events: [message('x')],
        check: reaches('/abs/path'),
      },
      {
        label: 'a relative path',
        answers: ({ target }) => to(302, `${path(target).slice(1)}/next`),
        below: { '/next': [to(302, 'beside')], '/beside': [ok('data: x\n\n')] },
        events: [message('x')],
        check: reaches('/beside'),
      },
      {
        label: 'no scheme',
        answers: ({ authority, target }) => to(302, `//${authority}${path(target)}/x`),
        below: { '/x': [ok('data: x\n\n')] },
        events: [message('x')],
        check: reaches('/x'),
      },
      {
        label: 'a query alone',
        answers: ({ path: asked }) => (asked === '' ? to(302, '?q=1') : ok('data: x\n\n')),
        events: [message('x')],
        requests: 2,
        check: reaches('?q=1'),
      },
    ],
  }),
  sceneRule('http/empty-location', 'CH-30', {
    title: 'An empty Location',
    statement: 'An empty Location, the same URL or none, is told as an error, and not followed for ever.',
    spec: [fetchStandard('concept-response-location-url'), ...redirectFetch],
    cases: [301, 307].map((status) => ({
      label: String(status),
      answers: () => to(status, ''),
      events: [],
      act: async (play, { capabilities }) => {
        if (!capabilities.has('error-event')) return undefined;
        await play.until(() => play.errors.length > 0 || play.asked.length > 21, 2000);
        if (play.errors.length > 0) return undefined;
        if (play.asked.length > 21) return `${play.asked.length} requests came, and no error was told`;
        return { message: 'no error was told', boundMs: 2000, tookMs: 2001 };
      },
      watchMs: 700,
      check: tooManySoon,
    })),
  }),
  sceneRule('http/redirect-loop-ends', 'CH-31', {
    title: 'A redirect loop ends',
    statement: 'A redirect loop ends after at most 20 redirects, and the next attempt waits the reconnection time.',
    spec: redirectFetch,
    cases: [302, 307].map((status) => ({
      label: String(status),
      answers: ({ target }) => to(status, target),
      watchMs: 700,
      check: tooManySoon,
    })),
  }),
  sceneRule('http/redirect-chain', 'CH-32', {
    title: 'A chain of 20 redirects',
    statement: 'A chain of 20 redirects is followed.',
    isAboutAskingAgain: true,
    spec: redirectFetch,
    cases: [
      {
        answers: ({ target }, nth) => (nth < 20 ? to(302, `${path(target)}?${nth}`) : ok('data: end\n\n')),
        requests: 21,
        events: [message('end')],
        requestMs: 2000,
        check: ({ asked }) =>
          asked.filter((request) => request.path === '').length === 1 ? undefined : 'the client began the chain anew',
      },
    ],
  }),
  sceneRule('http/final-response-is-judged', 'CH-33', {
    title: 'The final response is judged',
    statement: 'Status and type rules apply to the response at the end of a chain of redirects.',
    spec: [html('sse-processing-model')],
    cases: () =>
      [
        ['404', answer('404 Not Found', ['Content-Type: text/event-stream'], 'data: no\n\n', FIN)] as const,
        ['text/html', answer('200 OK', ['Content-Type: text/html'], 'data: no\n\n', FIN)] as const,
        ['204', verbatim('HTTP/1.1 204 No Content\r\n\r\n', FIN)] as const,
      ].flatMap(([label, script]) => {
        const [direct] = refused(label, script);
        const answers = ({ target }: { target: string }): Script => to(302, `${path(target)}/target`);
        return [{ ...direct, label, scripts: [], answers, below: { '/target': [script] } }];
      }),
  }),
  observation('http/reconnect-after-redirect', 'CH-36', {
    title: 'Where a reconnection goes after a redirect',
    statement: 'Whether a reconnection after a redirect asks the first URL or the one redirected to is left open.',
    spec: [html('reestablish-the-connection')],
    cases: [301, 307].map((status) => ({
      label: String(status),
      answers: ({ target }) => to(status, `${path(target)}/target`),
      below: { '/target': [ok(FAST, FIN), ok(FAST, FIN)] },
      watchMs: 1000,
    })),
    tell: (plays) =>
      [301, 307]
        .map((status, at) => {
          const paths = plays[at]?.requests.map((request) => (request.path === '' ? 'first URL' : 'target')) ?? [];
          return `after ${status} the next request goes to the ${paths[2] ?? 'first URL: none came'}`;
        })
        .join('; '),
  }),
  sceneRule('http/id-follows-redirects', 'CH-37', {
    title: 'The ID follows redirects',
    statement: 'Last-Event-ID reaches the target of a redirect to the same origin.',
    spec: redirectFetch,
    cases: [
      {
        scripts: [ok(`${FAST}id: 5\ndata: a\n\n`, FIN)],
        answers: ({ target }) => to(307, `${path(target)}/t`),
        below: { '/t': [ok()] },
        requests: 2,
        act: async (play) => void (await play.until(() => play.requests.some((one) => one.path === '/t'), 5000)),
        check: ({ requests }) => {
          const target = requests.find((one) => one.path === '/t');
          if (!target) return '/t was not asked';
          const ids = valuesOf(target, 'last-event-id').join();
          return ids === '5' ? undefined : `the target got Last-Event-ID ${JSON.stringify(ids)}`;
        },
      },
    ],
  }),
  sceneRule('http/redirect-to-another-scheme', 'CH-40', {
    title: 'A redirect to another scheme',
    statement: 'A redirect to a scheme that is not http or https is a network error.',
    spec: redirectFetch,
    cases: ['file:///etc/hostname', 'data:text/event-stream,data:x%0A%0A', 'javascript:0'].map((location) => ({
      label: location,
      ...scene(to(302, location)),
      events: [],
    })),
  }),
];
