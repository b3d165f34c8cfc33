import type { StatsAccess } from '../target.ts';
import type { HttpCaller } from './http-call.ts';

/** Asks the server how many streams it holds open. */
export type OpenStreams = () => Promise<number>;

/**
 * The count that a target describes.
 * @returns a function that throws an Error which says what is wrong with the answer
 */
export function openStreams(access: StatsAccess, caller: HttpCaller): OpenStreams {
  if (typeof access === 'function') return access;
  return async () => {
    const answer = await caller.call(new URL(access.url), {
      method: 'GET',
      headers: access.headers ?? {},
      timeoutMs: 5000,
    });
    if (answer.status !== 200)
      throw new Error(`${access.url} answered ${answer.status}; --stats needs a JSON document`);
    const pointer = access.pointer ?? '/openStreams';
    const value = atPointer(JSON.parse(answer.body), pointer);
    if (typeof value !== 'number')
      throw new Error(`${access.url} has no number at ${pointer}; give another --stats-path`);
    return value;
  };
}

/** The value at a JSON pointer (RFC 6901). */
function atPointer(document: unknown, pointer: string): unknown {
  let value = document;
  for (const token of pointer.split('/').slice(1)) {
    if (value === null || typeof value !== 'object') return undefined;
    value = (value as Record<string, unknown>)[token.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return value;
}
