import { parseQuantity } from '@ssert/conformance/settings';
import type { Clock } from '@ssert/protocol';
import { LogUnavailable, type ReferenceServer } from '@ssert/server';
import {
  arrivalsOf,
  compressed,
  type Profile,
  playback,
  timedRecords,
  type UsageRecord,
  until,
  usageRecords,
} from '@ssert/simulator';
import type { FlagTable, GivenFlags } from '../../flags.ts';
import { UsageError } from '../../usage-error.ts';
import { profileFrom } from '../simulate/profile-source.ts';

const group = 'Made-up usage';

export const trafficFlags: FlagTable = {
  profile: {
    value: 'NAME|FILE',
    group,
    meaning:
      'Feeds the server: quiet, office, steady-api, launch-day, incident, or a file of ssert simulate fit. With --store memory an hour of it has been already.',
  },
  seed: { value: 'N', group, meaning: 'The same seed gives the same usage. Default 1.' },
  speed: { value: 'N', group, meaning: 'So many times as fast as in its own time. Default 1.' },
};

/** Usage that the simulator makes. */
export interface Traffic {
  readonly profile: Profile;
  readonly seed: number;
  readonly speed: number;
}

/** @throws UsageError where a flag cannot be used, or goes with one that is missing */
export async function trafficFrom(given: GivenFlags<FlagTable>): Promise<Traffic | undefined> {
  const nameOrFile = given.text('profile');
  if (nameOrFile === undefined) {
    const lonely = ['seed', 'speed'].find((name) => given.has(name));
    if (lonely !== undefined) throw new UsageError(`--${lonely} goes with --profile NAME`);
    return undefined;
  }
  const speed = parseQuantity('--speed', given.text('speed') ?? '1', 'events');
  if (speed <= 0) throw new UsageError(`--speed is ${JSON.stringify(given.text('speed'))}; give a number above 0`);
  return { profile: await profileFrom(nameOrFile), seed: given.wholeNumber('seed', 0) ?? 1, speed };
}

/** As many as `POST /usage` takes at once. */
const mostAtOnce = 1000;
/** What has been, in the profile's own time. */
const pastS = 3600;

type Publisher = Pick<ReferenceServer, 'publishUsage'>;

/**
 * Publishes an hour of the profile, without its incidents, as what has been: who looks has something to see at once.
 * @returns the first id that is free
 */
export async function publishPast(
  server: Publisher,
  { profile: { incidents: _, ...ordinary }, seed, speed }: Traffic,
  clock: Clock,
): Promise<number> {
  const lengthS = pastS / speed;
  const startMs = clock.wallTime() - lengthS * 1000;
  // The same users, but not the same moments as those to come.
  const times = until(compressed(arrivalsOf(ordinary, seed + 1, startMs), speed), lengthS);
  let nextId = firstIdAt(startMs);
  let waiting: UsageRecord[] = [];
  for (const record of usageRecords(times, ordinary.records, { seed, startMs, firstId: nextId })) {
    nextId = record.id + 1;
    if (waiting.push(record) < mostAtOnce) continue;
    await server.publishUsage(waiting);
    waiting = [];
  }
  await server.publishUsage(waiting);
  return nextId;
}

/**
 * Publishes the records at their times, whatever the server does: one that cannot store them loses them.
 * @throws what the server throws but for a store that is away
 */
export async function feed(
  server: Publisher,
  { profile, seed, speed }: Traffic,
  {
    clock,
    signal,
    firstId,
  }: { readonly clock: Clock; readonly signal: AbortSignal; readonly firstId?: number | undefined },
): Promise<void> {
  const startMs = clock.wallTime();
  const times = compressed(arrivalsOf(profile, seed, startMs), speed);
  const records = timedRecords(times, profile.records, { seed, startMs, firstId: firstId ?? firstIdAt(startMs) });
  for await (const { records: due } of playback(records, { clock, signal })) {
    try {
      await server.publishUsage(due.map(({ record }) => record));
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error;
    }
  }
}

/** Ids rise over restarts, too, for a store that outlives the server. */
function firstIdAt(startMs: number): number {
  return Math.round(startMs);
}
