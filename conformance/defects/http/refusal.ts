import type { Defect } from '../judge-defect.ts';
import { asksForStream, byHand } from './answer.ts';

export const refusalDefects: readonly Defect[] = [
  {
    name: 'answers an ended URL with an empty stream',
    behaviour: {
      answer: ({ path }) =>
        path === '/gone' ? { status: 200, fields: [['Content-Type', 'text/event-stream']] } : undefined,
    },
    breaks: 'http/gone-is-204',
  },
  {
    name: 'answers an ended URL with 404',
    behaviour: { answer: ({ path }) => (path === '/gone' ? { status: 404 } : undefined) },
    breaks: 'http/gone-is-204',
  },
  {
    name: 'sends a last chunk after 204',
    behaviour: {
      answer: byHand(({ path }) => path === '/gone', 'HTTP/1.1 204 No Content\r\n\r\n0\r\n\r\n'),
    },
    breaks: 'http/gone-is-204',
  },
  {
    name: 'announces chunks with 204',
    behaviour: {
      answer: byHand(({ path }) => path === '/gone', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'),
    },
    breaks: 'http/gone-is-204',
  },
  {
    name: 'refuses with an event',
    behaviour: {
      answer: byHand(
        ({ query }) => query.get('topic') === 'nowhere',
        'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: failure\ndata: no such topic\n\n',
        true,
      ),
    },
    breaks: 'http/refused-by-status',
  },
  {
    name: 'takes the blame for a bad topic',
    behaviour: { answer: ({ query }) => (query.get('topic') === 'nowhere' ? { status: 500 } : undefined) },
    breaks: 'http/refused-by-status',
    alsoBreaks: ['http/cors-response'],
  },
  {
    name: 'begins a refusal and does not end it',
    behaviour: {
      answer: byHand(
        ({ query }) => query.get('topic') === 'nowhere',
        'HTTP/1.1 400 Bad Request\r\nAccess-Control-Allow-Origin: http://app.example\r\nContent-Length: 99\r\n\r\nno such topic',
      ),
    },
    breaks: 'http/refused-by-status',
  },
  {
    name: 'opens a private stream to who shows no credential',
    behaviour: {},
    target: (url) => ({
      profile: ['live', 'resumable', 'private'],
      stream: { url: `${url}/stream`, headers: { Authorization: 'Bearer token-of-alice' } },
    }),
    breaks: 'http/refused-by-status',
  },
  {
    name: 'redirects what it refuses',
    behaviour: {
      answer: ({ query }) =>
        query.get('topic') === 'nowhere' ? { status: 302, fields: [['Location', '/']] } : undefined,
    },
    breaks: 'http/refused-by-status',
    verdict: 'warn',
  },
  {
    name: 'breaks on a parameter given twice',
    behaviour: {
      answer: ({ query }) => (query.getAll('topic').length > 1 ? { status: 500 } : undefined),
    },
    target: (url) => ({ stream: `${url}/stream?topic=news`, refusedUrls: [] }),
    breaks: 'http/refused-by-status',
  },
  {
    name: 'ends the stream at once where a parameter is missing',
    behaviour: {
      answer: byHand(
        (request) => asksForStream(request) && !request.query.has('topic'),
        'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n',
        true,
      ),
    },
    target: (url) => ({ stream: `${url}/stream?topic=news`, refusedUrls: [] }),
    breaks: 'http/refused-by-status',
  },
  {
    name: 'begins to refuse an empty parameter and does not end that',
    behaviour: {
      answer: byHand(
        (request) => asksForStream(request) && request.query.get('topic') === '',
        'HTTP/1.1 422 Unprocessable Content\r\nContent-Length: 99\r\n\r\nno such topic',
      ),
    },
    target: (url) => ({ stream: `${url}/stream?topic=news`, refusedUrls: [] }),
    breaks: 'http/refused-by-status',
  },
];
