import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Whether certificates can be made here. CI must be able to: there the tests fail without. */
export const canMakeCertificates: boolean = process.env.CI !== undefined || hasOpenssl();

export interface TestCertificate {
  readonly tlsCert: string;
  readonly tlsKey: string;
  /** For clients to trust. */
  readonly ca: Buffer;
}

/** A fresh certificate for 127.0.0.1 that signs itself, in files that are gone when the test is over. */
export function makeCertificate(): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'ssert-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [tlsCert, tlsKey] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', tlsKey];
  const subject = ['-subj', '/CN=ssert test', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1'];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-out', tlsCert], { stdio: 'pipe' });
  return { tlsCert, tlsKey, ca: readFileSync(tlsCert) };
}

function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
