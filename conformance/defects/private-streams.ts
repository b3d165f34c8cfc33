import type { TargetDefinition } from '../src/index.ts';
import {
  type Behaviour,
  correctBehaviour,
  endPlainStream,
  historyLost,
  missedSince,
  openPlainStream,
  type PlainAnswer,
  type PlainEvent,
  type PlainRequest,
  type PlainServer,
  type PlainStream,
} from './plain-server.ts';

/** Whose event it is; what has no such mark is Alice's. */
export type PrivateEvent = PlainEvent & { readonly to?: string };

/** How a server with streams of two principals, Alice and Bob, tells them apart; every member has a correct default. */
export interface PrivacyOptions {
  readonly principalOf: (request: PlainRequest) => string;
  /** Whether a stream gets an event as it is published. */
  readonly getsLive: (principal: string, event: PrivateEvent) => boolean;
  /** What a principal that presents an id gets. */
  readonly missed: (lastEventId: string, principal: string, log: readonly PrivateEvent[]) => readonly PlainEvent[];
  /** What becomes of Bob's open streams when his credential is revoked. */
  readonly onRevoke: (streams: readonly PlainStream[], server: PlainServer) => void;
  /** Whether the credential is good no more. */
  readonly refusesRevoked: boolean;
  readonly identify: (event: PrivateEvent, server: PlainServer) => PrivateEvent;
}

export function ownerOf({ to }: PrivateEvent): string {
  return to ?? 'alice';
}

/** What a principal missed of its own events, by an id of any of the two. */
export function missedOfOwn(id: string, principal: string, log: readonly PrivateEvent[]): readonly PlainEvent[] {
  return missedSince(id, log)?.filter((event) => ownerOf(event) === principal) ?? [historyLost];
}

/** Who a request is from, by its bearer token; Alice where it has none. */
export function byToken({ fields }: PlainRequest): string {
  return fields.get('authorization') === 'Bearer bobs-token' ? 'bob' : 'alice';
}

function endStreams(streams: readonly PlainStream[], server: PlainServer): void {
  for (const stream of streams) endPlainStream(stream, server);
}

/** A plain server whose streams belong to two principals, with all their events in one log. */
export function privateStreams(options: Partial<PrivacyOptions> = {}): Partial<Behaviour> {
  const { principalOf, getsLive, missed, onRevoke, refusesRevoked, identify }: PrivacyOptions = {
    principalOf: byToken,
    getsLive: (principal, event) => ownerOf(event) === principal,
    missed: missedOfOwn,
    onRevoke: endStreams,
    refusesRevoked: true,
    identify: correctBehaviour.identify,
    ...options,
  };
  let revoked = false;
  const publishToBob = (body: string, server: PlainServer): PlainAnswer => {
    const event: PrivateEvent = { ...identify({ ...JSON.parse(body), to: 'bob' }, server), to: 'bob' };
    server.log.push(event);
    const frame = Buffer.from(server.behaviour.encode(event));
    for (const stream of server.streams) {
      if (getsLive(principalOf(stream.request), event)) server.behaviour.write(frame, stream);
    }
    return { status: 202 };
  };
  return {
    identify,
    answer: (request, server) => {
      if (request.path === '/publish/bob') return publishToBob(request.body, server);
      if (request.path === '/revoke/bob') {
        revoked = true;
        onRevoke(
          [...server.streams].filter((stream) => principalOf(stream.request) === 'bob'),
          server,
        );
        return { status: 204 };
      }
      const isBobs = request.path === '/stream' && principalOf(request) === 'bob';
      return isBobs && revoked && refusesRevoked ? { status: 401 } : undefined;
    },
    deliver: (frame, stream, server) => {
      if (principalOf(stream.request) === 'alice') correctBehaviour.deliver(frame, stream, server);
    },
    open: (stream, server) => {
      const id = stream.request.fields.get('last-event-id') ?? '';
      const fields = new Map(stream.request.fields);
      fields.delete('last-event-id');
      const fresh = Object.assign(stream, { request: { ...stream.request, fields } });
      openPlainStream(fresh, server);
      if (id === '') return;
      const events = missed(id, principalOf(stream.request), server.log);
      for (const event of events) server.behaviour.write(Buffer.from(server.behaviour.encode(event)), stream);
    },
  };
}

/** How the target says it. */
export function privateTarget(url: string): Pick<TargetDefinition, 'profile' | 'other' | 'revoke' | 'bounds'> {
  return {
    profile: ['live', 'resumable', 'browser', 'private'],
    other: {
      stream: { url: `${url}/stream`, headers: { Authorization: 'Bearer bobs-token' } },
      publish: `${url}/publish/bob`,
    },
    revoke: `${url}/revoke/bob`,
  };
}
