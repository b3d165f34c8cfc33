import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { SettingError } from '@ssert/protocol';
import type { ServerSettings } from '../settings.ts';

export interface TlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/**
 * The certificate and its key; undefined where the settings name none.
 * @throws SettingError when a file cannot be used, or they do not belong together
 */
export function readTlsFiles({ tlsCert, tlsKey }: Pick<ServerSettings, 'tlsCert' | 'tlsKey'>): TlsFiles | undefined {
  if (tlsCert === '' && tlsKey === '') return undefined;
  const cert = read('tlsCert', tlsCert);
  const key = read('tlsKey', tlsKey);
  requireUsable({ cert }, 'tlsCert', tlsCert, 'a PEM file with a certificate');
  requireUsable({ key }, 'tlsKey', tlsKey, 'a PEM file with a private key that has no passphrase');
  requireUsable({ cert, key }, 'tlsKey', tlsKey, `the private key of the certificate in ${tlsCert}`);
  return { cert, key };
}

function read(setting: 'tlsCert' | 'tlsKey', path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new SettingError(setting, path, `a file that can be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function requireUsable(files: Partial<TlsFiles>, setting: 'tlsCert' | 'tlsKey', path: string, allowed: string): void {
  try {
    createSecureContext(files);
  } catch {
    throw new SettingError(setting, path, allowed);
  }
}
