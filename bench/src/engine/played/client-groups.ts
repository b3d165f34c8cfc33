import { DeliveryAudit } from '../../audit/delivery-audit.ts';
import type { Schedule } from '../../publisher/schedule.ts';
import type { ClientCounts } from '../../results/client-counts.ts';
import type { PlayedClient, StreamPlan } from '../receiver-plan.ts';

/**
 * How much of what a client gets is the server's doing: all of it, all but the time that it takes, or not even whether it
 * comes, as who does not read has nobody else to blame.
 */
export type Burden = 'none' | 'time' | 'reading';

/** Clients of one kind and one burden, held against the schedule together. */
export interface ClientGroup {
  readonly burden: Burden;
  readonly streams: readonly number[];
  readonly audit: DeliveryAudit;
  /** What no audit tells. */
  readonly counts: { -readonly [K in 'clients' | 'connects' | 'opened' | 'resumed' | 'cut']: number } & {
    readonly kind: ClientCounts['kind'];
  };
}

/** Whose fault it may be that a client lacks something, or gets it late. */
export function burdenOf({ reading, losses, faults }: PlayedClient): Burden {
  if (reading.some(({ bytesPerS }) => bytesPerS !== 'unlimited')) return 'reading';
  return losses.length > 0 || Object.keys(faults).length > 0 ? 'time' : 'none';
}

/** The groups of a receiver's clients. */
export function groupsOf(streams: readonly StreamPlan[], schedule: Schedule, topics: number): ClientGroup[] {
  const played = streams.flatMap(({ client }, stream) => (client ? [{ client, stream }] : []));
  const groups = Map.groupBy(played, ({ client }) => `${client.kind} ${burdenOf(client)}`);
  return [...groups.values()].map((members): ClientGroup => {
    const { client } = members[0] as (typeof members)[number];
    const own = members.map(({ stream }) => stream);
    const topic = Uint16Array.from(own, (stream) => streams[stream]?.topic ?? 0);
    return {
      burden: burdenOf(client),
      streams: own,
      audit: new DeliveryAudit(topic, schedule, topics),
      counts: { kind: client.kind, clients: own.length, connects: 0, opened: 0, resumed: 0, cut: 0 },
    };
  });
}
