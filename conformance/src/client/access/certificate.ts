import { execFileSync } from 'node:child_process';
import { Undecided } from '../../undecided.ts';

/** A certificate and its key, both PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * A fresh certificate for loopback that signs itself; Node.js makes none, so `openssl` does.
 * @throws Undecided where there is no `openssl`
 */
export function selfSigned(): Certificate {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', '-'];
  const subject = ['-subj', '/CN=ssert stage', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-days', '1'];
  try {
    const both = execFileSync('openssl', ['req', '-x509', ...key, ...subject], { stdio: 'pipe', encoding: 'utf8' });
    return { cert: block(both, 'CERTIFICATE'), key: block(both, 'PRIVATE KEY') };
  } catch (error) {
    throw new Undecided(`openssl, which must make a certificate, cannot be used: ${(error as Error).message}`);
  }
}

function block(pem: string, label: string): string {
  const [found] = new RegExp(`-----BEGIN ${label}-----[^]*?-----END ${label}-----\n`).exec(pem) ?? [];
  if (found === undefined) throw new Error(`it wrote no ${label}`);
  return found;
}
