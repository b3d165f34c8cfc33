import { createHash, timingSafeEqual } from 'node:crypto';

/** Why a publisher is not let in; the words are those of RFC 6750 3.1. */
export type TokenRefusal = 'missing' | 'invalid_token';

/**
 * Checks bearer tokens (RFC 6750) in a time that says nothing about the right one, not even its length.
 * @returns a function from an Authorization header to the reason to refuse it; undefined lets it pass
 */
export function tokenCheck(token: string): (authorization: string | undefined) => TokenRefusal | undefined {
  const expected = digestOf(token);
  return (authorization) => {
    const given = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) return 'missing';
    return timingSafeEqual(digestOf(given), expected) ? undefined : 'invalid_token';
  };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
