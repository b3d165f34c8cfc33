import { defaultRetryMs } from '../receiver.ts';
import { graceUs, type PlayedClient, type ReceiverPlan } from '../receiver-plan.ts';
import type { ClientGroup } from './client-groups.ts';
import { courseOf, type Moment } from './course.ts';

/** A client as it stands. */
export interface Player {
  readonly client: PlayedClient;
  readonly course: readonly Moment[];
  readonly group: ClientGroup;
  /** Its place in the group. */
  readonly at: number;
  /** Its next moment. */
  next: number;
  state: 'away' | 'connecting' | 'refused' | 'open';
  /** Its connection stands. */
  stands: boolean;
  /** Leaves before the head, once its connection stands. */
  leavingEarly: boolean;
  bytesPerS: number;
  /** Subscribed, and going on with that when it connects again. */
  goesOn: boolean;
  /** Counted as on its way back. */
  away: boolean;
  intendedUs: number;
  connectUs: number;
  eventUs: number;
  retryMs: number;
}

/** How late what was published in time may come to a client. */
export function lateUs({ delayMs }: PlayedClient): number {
  return graceUs + delayMs * 1000;
}

/** The clients of a receiver, by their streams. */
export function playersOf({ streams }: ReceiverPlan, groups: readonly ClientGroup[]): Player[] {
  const players: Player[] = [];
  for (const group of groups) {
    for (const [at, stream] of group.streams.entries()) {
      const client = streams[stream]?.client as PlayedClient;
      players[stream] = {
        client,
        course: courseOf(client),
        group,
        at,
        next: 0,
        state: 'away',
        stands: false,
        leavingEarly: false,
        bytesPerS: Number.POSITIVE_INFINITY,
        goesOn: false,
        away: false,
        intendedUs: 0,
        connectUs: 0,
        eventUs: 0,
        retryMs: defaultRetryMs,
      };
    }
  }
  return players;
}
