import type { Defect } from '../judge-defect.ts';
import { putOnWire } from '../plain-server.ts';
import { asksForStream } from './answer.ts';

export const negotiationDefects: readonly Defect[] = [
  {
    name: 'chunks towards HTTP/1.0',
    behaviour: { chunked: () => true },
    breaks: 'http/http10-unchunked',
  },
  {
    name: 'gathers the body for HTTP/1.0',
    behaviour: { write: (bytes, stream) => (stream.request.version === '1.0' ? undefined : putOnWire(bytes, stream)) },
    breaks: 'http/http10-unchunked',
  },
  {
    name: 'refuses HTTP/1.0',
    behaviour: { answer: ({ version }) => (version === '1.0' ? { status: 505 } : undefined) },
    breaks: 'http/http10-unchunked',
    verdict: 'warn',
  },
  {
    name: 'wants Accept to the letter',
    behaviour: {
      answer: (request) =>
        asksForStream(request) && request.fields.get('accept') !== 'text/event-stream' ? { status: 406 } : undefined,
    },
    breaks: 'http/accept-admitted',
  },
  {
    name: 'knows media types in lower case only',
    behaviour: {
      answer: (request) =>
        asksForStream(request) && /[A-Z]/.test(request.fields.get('accept') ?? '') ? { status: 400 } : undefined,
    },
    breaks: 'http/accept-admitted',
  },
  {
    name: 'breaks where Accept is missing',
    behaviour: {
      answer: (request) => (asksForStream(request) && !request.fields.has('accept') ? { status: 500 } : undefined),
    },
    breaks: 'http/accept-admitted',
  },
];
