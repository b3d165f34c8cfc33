import { exec } from 'node:child_process';
import { promisify } from 'node:util';
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
  if ('command' in access) {
    return async () => {
      const printed = await output(access.command);
      return numberIn(
        printed,
        access.pointer ?? '',
        'the stats command',
        'print the number, or give a `pointer` to it',
      );
    };
  }
  return async () => {
    const answer = await caller.call(new URL(access.url), {
      method: 'GET',
      headers: access.headers ?? {},
      timeoutMs,
    });
    if (answer.status !== 200)
      throw new Error(`${access.url} answered ${answer.status}; --stats needs a JSON document`);
    return numberIn(answer.body, access.pointer ?? '/openStreams', access.url, 'give another --stats-path');
  };
}

const timeoutMs = 5000;

function numberIn(text: string, pointer: string, source: string, advice: string): number {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error(`${source} gives no JSON but ${JSON.stringify(text.slice(0, 80))}; ${advice}`);
  }
  const value = atPointer(document, pointer);
  if (typeof value !== 'number') throw new Error(`${source} has no number at ${pointer || 'its top'}; ${advice}`);
  return value;
}

/** What a shell command prints. @throws Error where it fails or takes longer than 5 s */
async function output(command: string): Promise<string> {
  const { stdout } = await promisify(exec)(command, { timeout: timeoutMs });
  return stdout;
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
