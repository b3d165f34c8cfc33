import { type Defect, shortBounds } from './judge-defect.ts';
import { type Behaviour, missedSince } from './plain-server.ts';
import {
  byToken,
  ownerOf,
  type PrivacyOptions,
  type PrivateEvent,
  privateStreams,
  privateTarget,
} from './private-streams.ts';

const target = (url: string) => ({ ...privateTarget(url), bounds: { ...shortBounds, revoked: 500 } });

/** Refuses who presents an id that is none of the principal's own, as `why` says. */
export function refusingForeign(
  why: (isForeign: boolean) => string | undefined,
  options: Partial<PrivacyOptions> = {},
): Partial<Behaviour> {
  const behaviour = privateStreams(options);
  return {
    ...behaviour,
    answer: (request, server) => {
      const id = request.fields.get('last-event-id') ?? '';
      const event: PrivateEvent | undefined = server.log.find((one) => one.id === id);
      const isOwn = event !== undefined && ownerOf(event) === byToken(request);
      const reason = request.path !== '/stream' || id === '' || isOwn ? undefined : why(event !== undefined);
      if (reason === undefined) return behaviour.answer?.(request, server);
      return { status: 403, body: JSON.stringify({ error: `the id ${id} ${reason}` }) };
    },
  };
}

/** Servers that do not keep the streams of two principals apart. */
export const privacyDefects: readonly Defect[] = [
  {
    name: 'sends every event to everybody',
    behaviour: privateStreams({ getsLive: () => true }),
    target,
    breaks: 'security/others-events-withheld',
  },
  {
    name: 'keeps live events apart, and replays those of all',
    behaviour: privateStreams({ missed: (id, _, log) => missedSince(id, log) ?? [] }),
    target,
    breaks: 'security/others-events-withheld',
  },
  {
    name: 'replays the events of the principal whose id it is given',
    behaviour: privateStreams({
      missed: (id, principal, log) => {
        const owner = log.find((event) => event.id === id)?.to ?? principal;
        return (missedSince(id, log) ?? []).filter((event) => ownerOf(event) === owner);
      },
    }),
    target,
    breaks: 'security/others-events-withheld',
  },
  {
    name: 'replays everything where it does not know the id',
    behaviour: privateStreams({
      missed: (id, principal, log) =>
        missedSince(id, log)?.filter((event) => ownerOf(event) === principal) ?? log.slice(-50),
    }),
    target,
    breaks: 'security/others-events-withheld',
  },
  {
    name: "says of a counted id that it is another principal's",
    behaviour: refusingForeign((isForeign) => (isForeign ? 'is not yours' : undefined)),
    target,
    breaks: 'security/others-events-withheld',
    verdict: 'warn',
  },
  {
    name: 'refuses a revoked credential, and goes on with the stream that it opened',
    behaviour: privateStreams({ onRevoke: () => undefined }),
    target,
    breaks: 'security/revoked-credential-ends',
  },
  {
    name: 'ends the stream of a revoked credential, and opens another for it',
    behaviour: privateStreams({ refusesRevoked: false }),
    target,
    breaks: 'security/revoked-credential-ends',
  },
];
