import { nowUs } from '../engine/clock-us.ts';
import type { Shards } from '../engine/shards.ts';

/**
 * Tells all threads of a moment before it is there. Once publishing goes on, a moment that is told again would count what
 * came in between; so threads are asked first how long they take to hear of anything.
 * @param us how far ahead at least
 * @returns the moment, us of `nowUs`
 */
export async function ahead(
  shards: Shards,
  us: number,
  commands: (momentUs: number) => readonly Parameters<Shards['tell']>[0][],
): Promise<number> {
  const askedUs = nowUs();
  await shards.tell({ kind: 'ping' });
  const margin = Math.max(us, 4 * (nowUs() - askedUs));
  const momentUs = Math.ceil(nowUs() + margin);
  for (const command of commands(momentUs)) await shards.tell(command);
  return nowUs() < momentUs ? momentUs : ahead(shards, margin * 4, commands);
}
