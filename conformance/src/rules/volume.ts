import type { RuleContext, WatchedServer } from '../context.ts';
import { Undecided } from '../undecided.ts';
import { noise } from './noise.ts';
import { kib, mib } from './units.ts';

/** The largest event that the server takes, of a few sizes up to `mostBytes`; trying them also warms the server up. */
export async function acceptedSize(context: RuleContext, server: WatchedServer, mostBytes: number): Promise<number> {
  for (const bytes of [mostBytes, 16 * kib, 4 * kib, kib].filter((size) => size <= mostBytes)) {
    const outcome = await server.publish({ data: noise(context, bytes) });
    if (outcome.kind === 'accepted') return bytes;
  }
  throw new Undecided('even an event of 1 KiB was not accepted');
}

/** Publishes as fast as it is accepted, four at once; gives the bytes of data. */
export async function publishVolume(
  context: RuleContext,
  server: WatchedServer,
  volumeBytes: number,
  eventBytes: number,
): Promise<number> {
  const data = Array.from({ length: 8 }, () => noise(context, eventBytes));
  let published = 0;
  const publish = async (offset: number): Promise<void> => {
    for (let turn = offset; published < volumeBytes && !context.signal.aborted; turn += 1) {
      const outcome = await server.publish({ data: data[turn % data.length] ?? '' });
      if (outcome.kind !== 'accepted') {
        throw new Undecided(`after ${inMib(published)} MiB a publish was not accepted: ${outcome.reason}`);
      }
      published += eventBytes;
    }
  };
  await Promise.all([0, 2, 4, 6].map(publish));
  return published;
}

export function inMib(bytes: number): number {
  return Math.round((bytes / mib) * 10) / 10;
}
