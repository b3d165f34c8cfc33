import { SettingError } from '@ssert/protocol';
import type { RedisClientOptions } from 'redis';

/** Where a Redis is, and as whom to go there. */
export interface RedisAddress {
  /** For people: host and port, never the credentials. */
  readonly name: string;
  readonly options: Pick<RedisClientOptions, 'socket' | 'username' | 'password' | 'database'>;
}

/**
 * Reads `redis[s]://[USER:PASSWORD@]HOST[:PORT][/DATABASE]`.
 * @throws SettingError without the credentials
 */
export function readRedisAddress(text: string): RedisAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = /^\/?$|^\/(\d{1,5})$/.exec(url?.pathname ?? 'none');
  if (url === undefined || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || database === null)
    throw bad(text);
  if (url.search !== '' || url.hash !== '') throw bad(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 6379 : Number(url.port);
  return {
    name: `${url.hostname}:${port}`,
    options: {
      socket: url.protocol === 'rediss:' ? { host, port, tls: true, servername: host } : { host, port },
      ...(url.username !== '' && { username: decoded(url.username, text) }),
      ...(url.password !== '' && { password: decoded(url.password, text) }),
      database: Number(database[1] ?? 0),
    },
  };
}

function decoded(part: string, text: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw bad(text);
  }
}

function bad(text: string): SettingError {
  const withoutCredentials = text.replace(/(^[a-z]+:\/*|^).*@/is, '$1***@');
  return new SettingError('store', withoutCredentials, 'redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]');
}
