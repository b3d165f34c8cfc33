import { fetchStandard, html, rfc } from '../../../spec.ts';
import { Undecided } from '../../../undecided.ts';
import { valuesOf } from '../../access/request-reader.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import type { Play } from '../../play.ts';
import { observation, type SceneCase, scene, sceneRule } from '../../scene-rule.ts';
import { ok } from '../../script.ts';
import { path, to } from './redirecting.ts';

const theInterface = [html('the-eventsource-interface')] as const;

/** What follows the scene's URL, and how it must go out. */
const goesOut = (label: string, given: string, sent: string): SceneCase => ({
  label,
  ...scene(ok()),
  options: { url: (own) => own + given },
  check: ({ asked: [request] }) => {
    if (request && request.path !== sent) return `${given} went out as ${request.path || 'nothing'}, not as ${sent}`;
    const host = request && valuesOf(request, 'host').join();
    return host === request?.authority ? undefined : `Host is ${host}, not ${request?.authority}`;
  },
});

/** Waits until the client has asked, or has said that it will not. */
const decided = async (play: Play): Promise<void> => {
  await play.until(() => play.asked.length > 0 || play.refused !== undefined || play.errors.length > 0, 1000);
};

export const urls: readonly ClientRule[] = [
  sceneRule('http/url-goes-out-as-given', 'CH-06', {
    title: 'The URL goes out as given',
    statement: 'Path and query are sent as the URL parser serialises them, and the fragment is not sent.',
    spec: [...theInterface, rfc(9110, '2.2')],
    cases: [
      goesOut('escapes and signs', '?q=a%20b%2Fc&x=1+2', '?q=a%20b%2Fc&x=1+2'),
      goesOut('a letter beyond ASCII', '?x=é', '?x=%C3%A9'),
      goesOut('a fragment', '?q=1#frag', '?q=1'),
    ],
  }),
  observation('http/credentials-in-the-url', 'CH-07', {
    title: 'Credentials in the URL',
    statement: 'Whether credentials in the URL are sent, or make it one that is refused, is left open.',
    spec: [fetchStandard('concept-request-use-url-credentials-flag')],
    cases: [
      {
        ...scene(ok()),
        options: { url: (own) => own.replace('//', '//user:pass@') },
        requests: 0,
        act: decided,
      },
    ],
    tell: ([play]) => {
      const [request] = play?.asked ?? [];
      if (!request) return `the client does not ask: ${play?.refused ?? 'it tells an error, or nothing'}`;
      const sent = valuesOf(request, 'authorization').join();
      if (sent === '') return 'it asks without them';
      return sent === `Basic ${btoa('user:pass')}` ? 'they go out as Basic credentials' : `they go out as ${sent}`;
    },
  }),
  sceneRule('http/url-stays', 'CH-35', {
    title: 'Its URL stays',
    statement: 'The `url` of the object stays the one that it was made with, wherever redirects lead.',
    spec: theInterface,
    needs: ['url-attribute'],
    cases: [
      {
        answers: ({ authority, target }) => to(307, `http://${authority}${path(target)}/target`),
        below: { '/target': [ok('data: x\n\n')] },
        events: [message('x')],
        act: async (play) => {
          if (!(await play.until(() => play.events.length > 0, 2000))) return undefined;
          const { url } = await play.state();
          if (url === undefined) throw new Undecided('the client does not tell its url when asked');
          return url === play.url ? undefined : `url is ${url}, not ${play.url}`;
        },
      },
    ],
  }),
  // Not more than SHOULD: a user agent *may* fail the connection where it knows that to try again is futile.
  sceneRule('http/unfetchable-urls', 'CH-56', {
    level: 'SHOULD',
    title: 'URLs that cannot be fetched',
    statement: 'A URL that parses and can never be fetched fails the connection, and the constructor throws nothing.',
    spec: [html('fail-the-connection'), fetchStandard('concept-scheme-fetch')],
    needs: ['url-attribute', 'error-event', 'ready-state'],
    cases: ['ftp://example.not/', 'about:blank', 'mailto:whatwg@awesome.example', 'javascript:alert(1)'].map((url) => ({
      label: url,
      options: { url: () => url },
      requests: 0,
      act: async (play) => {
        await play.until(() => play.refused !== undefined || play.errors.length > 0, 5000);
        if (play.refused !== undefined) return `the constructor threw: ${play.refused}`;
        const [error] = play.errors;
        if (error?.kind !== 'error') return { message: 'no error was told', boundMs: 5000, tookMs: 5001 };
        return error.readyState === 2 ? undefined : `readyState is ${error.readyState} at the error, not 2`;
      },
    })),
  }),
];
