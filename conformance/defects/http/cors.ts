import type { Defect } from '../judge-defect.ts';
import type { Behaviour } from '../plain-server.ts';
import { withField } from './stream-fields.ts';

const credentialsForAll: Behaviour['streamFields'] = (fields) =>
  withField('Access-Control-Allow-Origin', () => '*')([...fields, ['Access-Control-Allow-Credentials', 'true']]);

export const corsDefects: readonly Defect[] = [
  {
    name: 'forgets CORS on the stream itself',
    behaviour: { streamFields: withField('Access-Control-Allow-Origin', () => undefined) },
    breaks: 'http/cors-response',
  },
  {
    name: 'forgets CORS on refusals',
    behaviour: { answer: ({ query }) => (query.get('topic') === 'nowhere' ? { status: 400 } : undefined) },
    breaks: 'http/cors-response',
  },
  {
    name: 'offers credentials to *',
    behaviour: { streamFields: credentialsForAll },
    breaks: 'http/cors-response',
    verdict: 'warn',
  },
  {
    name: 'wants a cookie and offers credentials to *',
    behaviour: { streamFields: credentialsForAll },
    target: (url) => ({ stream: { url: `${url}/stream`, headers: { Cookie: 'session=of-alice' } } }),
    breaks: 'http/cors-response',
  },
  {
    name: 'answers by Origin and lets caches mix that up',
    behaviour: {
      streamFields: (fields) =>
        withField('Cache-Control', () => 'no-cache')(withField('Vary', () => undefined)(fields)),
    },
    breaks: 'http/cors-response',
    alsoBreaks: ['http/intermediary-directives'],
  },
  {
    name: 'answers by Origin without Vary',
    behaviour: { streamFields: withField('Vary', () => undefined) },
    breaks: 'http/cors-response',
    verdict: 'warn',
  },
  {
    name: 'allows no header field in a preflight',
    behaviour: {
      answer: ({ method }) =>
        method === 'OPTIONS'
          ? { status: 204, fields: [['Access-Control-Allow-Origin', 'http://app.example']] }
          : undefined,
    },
    breaks: 'http/cors-preflight',
  },
  {
    name: 'does not know preflights',
    behaviour: {
      answer: ({ method }) => (method === 'OPTIONS' ? { status: 405, fields: [['Allow', 'GET']] } : undefined),
    },
    breaks: 'http/cors-preflight',
  },
  {
    name: 'answers a preflight with the stream',
    behaviour: { answer: ({ method }) => (method === 'OPTIONS' ? 'stream' : undefined) },
    breaks: 'http/cors-preflight',
    alsoBreaks: ['cleanup/non-subscriptions'],
  },
];
