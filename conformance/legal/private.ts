import { randomUUID } from 'node:crypto';
import { shortBounds } from '../defects/judge-defect.ts';
import { type PlainRequest, promisedReplay } from '../defects/plain-server.ts';
import { refusingForeign } from '../defects/private.ts';
import { missedOfOwn, ownerOf, privateStreams, privateTarget } from '../defects/private-streams.ts';
import type { LegalVariant } from './not-accused.ts';

const target = (url: string) => ({ ...privateTarget(url), bounds: { ...shortBounds, revoked: 500 } });

function byQuery({ query }: PlainRequest): string {
  return query.get('token') === 'bobs' ? 'bob' : 'alice';
}

/** Servers that keep the streams of two principals apart in an unusual manner. */
export const legalPrivacy: readonly LegalVariant[] = [
  { name: 'takes an id of another principal for a place in the one log', behaviour: privateStreams(), target },
  {
    name: 'replays all that the principal may see after a foreign id',
    behaviour: privateStreams({
      missed: (id, principal, log) => {
        const own = log.filter((event) => ownerOf(event) === principal);
        return own.some((event) => event.id === id) ? missedOfOwn(id, principal, log) : own.slice(-promisedReplay);
      },
    }),
    target,
    mayWarn: ['reconnect/history-gap-visible'],
  },
  {
    name: 'refuses a foreign id as it does one that nobody had',
    behaviour: refusingForeign(() => 'is none of yours'),
    target,
    passes: ['security/others-events-withheld'],
  },
  {
    name: "says of an id that it is another principal's, where nobody can guess one",
    behaviour: refusingForeign((isForeign) => (isForeign ? 'is not yours' : undefined), {
      identify: (event) => ({ ...event, id: event.id ?? randomUUID() }),
    }),
    target,
    mayWarn: ['reconnect/history-gap-visible'],
    passes: ['security/others-events-withheld'],
  },
  {
    name: 'numbers the events of each principal by itself, so that ids are met twice',
    behaviour: privateStreams({
      identify: (event, { log }) => {
        const own = log.filter((one) => ownerOf(one) === ownerOf(event));
        return { ...event, id: event.id ?? `auto-${own.length + 1}` };
      },
      missed: (id, principal, log) =>
        missedOfOwn(
          id,
          principal,
          log.filter((event) => ownerOf(event) === principal),
        ),
    }),
    target,
  },
  {
    name: 'tells principals apart by a query token',
    behaviour: privateStreams({ principalOf: byQuery }),
    target: (url) => ({ ...target(url), other: { stream: `${url}/stream?token=bobs`, publish: `${url}/publish/bob` } }),
  },
  {
    name: 'leaves the stream of a revoked credential open and sends nothing on it',
    behaviour: privateStreams({
      onRevoke: (streams, server) => {
        for (const stream of streams) server.streams.delete(stream);
      },
    }),
    target,
  },
  {
    name: 'ends the stream of a revoked credential a moment later',
    behaviour: privateStreams({
      onRevoke: (streams) => {
        for (const { socket } of streams) setTimeout(() => socket.end(), 300);
      },
    }),
    target,
  },
  {
    name: 'has streams of another topic, and nothing that could be revoked',
    behaviour: privateStreams({ principalOf: ({ query }) => (query.get('topic') === 'news' ? 'bob' : 'alice') }),
    target: (url) => ({
      ...target(url),
      other: { stream: `${url}/stream?topic=news`, publish: `${url}/publish/bob` },
      revoke: undefined,
    }),
  },
];
