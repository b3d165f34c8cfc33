import { readFileSync } from 'node:fs';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { SettingError } from '@ssert/protocol';

/**
 * Whom TLS connections trust: everybody that Node.js does, and the certificates of a file.
 * @throws SettingError where the file cannot be used
 */
export function trustIn(file: string): SecureContext {
  try {
    const pem = readFileSync(file, 'utf8');
    if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw new Error('it holds none');
    return createSecureContext({ ca: [...getCACertificates('default'), pem] });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SettingError('ca', file, `a PEM file with certificates (${why})`);
  }
}
