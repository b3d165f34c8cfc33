import { fetchStandard, html, rfc } from '../../../spec.ts';
import { Undecided } from '../../../undecided.ts';
import { valuesOf } from '../../access/request-reader.ts';
import type { StageRequest } from '../../access/stage.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import type { Play } from '../../play.ts';
import { type SceneCase, sceneRule } from '../../scene-rule.ts';
import { answer, ok } from '../../script.ts';
import { forAll, path, to } from './redirecting.ts';

const redirectFetch = [fetchStandard('http-redirect-fetch')] as const;

const toElsewhere = {
  answers: ({ elsewhere, target }: StageRequest) => to(307, `http://${elsewhere}${path(target)}/target`, forAll),
  below: { '/target': [answer('200 OK', ['Content-Type: text/event-stream', forAll], 'data: x\n\n')] },
} satisfies SceneCase;

/** Judges the request at the end of a redirect. A client that does not follow it breaks another rule. */
const atTheTarget =
  (look: (request: StageRequest) => string | undefined) =>
  ({ requests }: Play): string | undefined => {
    const request = requests.find((one) => one.path === '/target');
    if (!request) throw new Undecided('the client does not follow this redirect');
    return look(request);
  };

const untilThere = async (play: Play): Promise<void> => {
  await play.until(() => play.requests.some((one) => one.path === '/target'), 2000);
};

const body = '{"hello": "world"}';
/** By Fetch 301 and 302 make a GET of a POST; by RFC 9110 15.4 a client may, and else keeps it. */
const turns: Readonly<Record<number, readonly string[]>> = {
  301: ['GET', 'POST'],
  302: ['GET', 'POST'],
  303: ['GET'],
  307: ['POST'],
  308: ['POST'],
};

export const redirectTargets: readonly ClientRule[] = [
  sceneRule('http/origin-after-redirect', 'CH-34', {
    title: 'The origin after a redirect',
    statement: "An event's origin is that of the URL at the end of a redirect.",
    spec: [html('dispatchMessage')],
    needs: ['origin'],
    cases: [
      {
        ...toElsewhere,
        events: [message('x')],
        check: ({ events: [event], asked: [request] }) => {
          const right = `http://${request?.elsewhere}`;
          return event?.origin === right ? undefined : `origin is ${event?.origin}, not ${right}`;
        },
      },
    ],
  }),
  sceneRule('http/secrets-stay-home', 'CH-38', {
    title: 'Secrets stay at home',
    statement: 'Authorization and Cookie, given by the caller, do not follow a redirect to another origin.',
    spec: [...redirectFetch, rfc(9110, '15.4')],
    needs: ['headers'],
    cases: [
      {
        ...toElsewhere,
        options: { headers: { authorization: 'Bearer foo', cookie: 'session=foo' } },
        act: untilThere,
        check: atTheTarget((request) => {
          const sent = ['authorization', 'cookie'].filter((name) => valuesOf(request, name).length > 0);
          return sent.length === 0 ? undefined : `another origin got ${sent.join(' and ')}`;
        }),
      },
    ],
  }),
  sceneRule('http/redirected-post', 'CH-39', {
    title: 'A redirected POST',
    statement: '307 and 308 keep method and body; 303 makes a GET without a body.',
    spec: [...redirectFetch, rfc(9110, '15.4')],
    needs: ['post'],
    cases: Object.entries(turns).map(([status, methods]) => ({
      label: status,
      answers: ({ authority, target }) => to(Number(status), `http://${authority}${path(target)}/target`),
      below: { '/target': [ok()] },
      options: { method: 'POST', body },
      act: untilThere,
      check: atTheTarget((request) => {
        const { method } = request;
        if (!methods.includes(method)) return `the target was asked by ${method}, not by ${methods.join(' or ')}`;
        const got = Buffer.from(request.body).toString();
        const right = method === 'POST' ? body : '';
        return got === right
          ? undefined
          : `the target got the body ${JSON.stringify(got)}, not ${JSON.stringify(right)}`;
      }),
    })),
  }),
];
