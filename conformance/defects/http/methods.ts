import { type Defect, shortBounds } from '../judge-defect.ts';
import { inTurn } from './answer.ts';

export const methodDefects: readonly Defect[] = [
  {
    name: 'never answers HEAD',
    behaviour: { answer: ({ method }) => (method === 'HEAD' ? 'no answer' : undefined) },
    breaks: 'http/head-answered',
  },
  {
    name: 'streams to HEAD as to GET',
    behaviour: { answer: ({ method }) => (method === 'HEAD' ? 'stream' : undefined) },
    breaks: 'http/head-answered',
    alsoBreaks: ['cleanup/non-subscriptions'],
  },
  {
    name: 'ends its answer to HEAD with the empty line of a body',
    behaviour: {
      answer: ({ method, socket }) => {
        if (method !== 'HEAD') return undefined;
        socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n\r\n');
        return 'no answer';
      },
    },
    breaks: 'http/head-answered',
  },
  {
    name: 'works on one HEAD at a time',
    behaviour: {
      answer: (() => {
        const queue = inTurn(700);
        return ({ method, socket }) => {
          if (method !== 'HEAD') return undefined;
          const answer = () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
          queue(answer, () => !socket.destroyed);
          return 'no answer';
        };
      })(),
    },
    breaks: 'http/head-answered',
  },
  {
    name: 'streams to every method',
    behaviour: {
      answer: ({ path, method }) =>
        path === '/stream' && !['GET', 'HEAD', 'OPTIONS'].includes(method) ? 'stream' : undefined,
    },
    breaks: 'http/unsupported-method',
    alsoBreaks: ['cleanup/non-subscriptions'],
  },
  {
    name: 'does not say which methods it allows',
    behaviour: {
      answer: ({ path, method }) =>
        path === '/stream' && !['GET', 'HEAD', 'OPTIONS'].includes(method) ? { status: 405 } : undefined,
    },
    breaks: 'http/unsupported-method',
    verdict: 'fail',
  },
  {
    name: 'never answers a method that it does not know',
    behaviour: {
      answer: ({ method }) =>
        ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE'].includes(method) ? undefined : 'no answer',
    },
    target: { bounds: { ...shortBounds, open: 200 } },
    breaks: 'http/unsupported-method',
  },
];
