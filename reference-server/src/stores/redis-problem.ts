import { ErrorReply } from 'redis';

/** By the first word of the reply. */
const replies: Readonly<Record<string, string>> = {
  LOADING: 'is still loading its data',
  MASTERDOWN: 'is a replica that has lost its master',
  MISCONF: 'takes no writes because it cannot save to its disk',
  NOAUTH: 'asks for a password',
  NOPERM: 'does not permit this user what an event log needs',
  NOREPLICAS: 'takes no writes because it has too few replicas',
  OOM: 'takes no writes because its memory is full',
  READONLY: 'takes no writes because it is a read-only replica',
  WRONGPASS: 'refuses the user name or the password',
  WRONGTYPE: 'has something else under the key of an event log',
};

/** By the code of the system, or of Node. */
const failures: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'has a host name that cannot be looked up now',
  ECONNREFUSED: 'refuses connections',
  ECONNRESET: 'closed the connection',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ENOTFOUND: 'has a host name that nobody knows',
  EPIPE: 'closed the connection',
};

export const doesNotAnswer = 'does not answer';

/** Whether Redis itself answered so, over a connection that goes on. */
export function isReply(error: unknown): boolean {
  return error instanceof ErrorReply;
}

/**
 * What is wrong with Redis, as the end of a sentence. Of a reply only the first word is used: the rest may repeat what
 * was sent, password included.
 */
export function problemOf(error: unknown): string {
  const { message, code = '' } = error as Error & { code?: string };
  if (isReply(error)) {
    const [word = ''] = message.split(' ', 1);
    if (message.includes('DB index is out of range')) return 'has no database of this number';
    return replies[word] ?? `answers with an error${/^[A-Z]+$/.test(word) ? ` (${word})` : ''}`;
  }
  if (message === 'Connection timeout') return doesNotAnswer;
  if (message === 'Socket closed unexpectedly') return 'closed the connection';
  return failures[code] ?? `cannot be used${/^[A-Z_0-9]+$/.test(code) ? ` (${code})` : ''}`;
}
