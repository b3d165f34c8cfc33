import { X509Certificate } from 'node:crypto';
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
    // Throws where OpenSSL would pass over what is no certificate.
    new X509Certificate(pem);
    return createSecureContext({ ca: [...getCACertificates('default'), pem] });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SettingError('ca', file, `a PEM file with certificates (${why})`);
  }
}
