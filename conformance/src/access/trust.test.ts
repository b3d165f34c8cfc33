import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { SettingError } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HttpCaller } from './http-call.ts';
import { Http2Connection } from './http2-connection.ts';
import { trustIn } from './trust.ts';

/** Files for a server on 127.0.0.1 that signs its own certificate. */
function certificate(): { file: string; cert: Buffer; key: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'ssert-trust-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [file, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const subject = ['-subj', '/CN=ssert test', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-out', file], { stdio: 'pipe' });
  return { file, cert: readFileSync(file), key: readFileSync(keyFile) };
}

async function listening(server: ReturnType<typeof createTlsServer>): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe('a server that signs its own certificate', () => {
  test('is trusted with its file, over HTTP/2 and HTTP/1.1, and not without', async () => {
    const { file, ...tls } = certificate();
    const server = createSecureServer({ ...tls, allowHTTP1: true }, (_, response) => response.end('hello'));
    const url = new URL(await listening(server));
    const connect = async (trust?: ReturnType<typeof trustIn>): Promise<Http2Connection> => {
      const connection = new Http2Connection(url, { clock: systemClock, trust });
      onTestFinished(() => connection.close());
      await connection.ready(5000);
      return connection;
    };
    expect((await connect(trustIn(file))).end).toBeUndefined();
    expect((await connect()).end).toMatchObject({ kind: 'unreachable', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const caller = new HttpCaller({ trust: trustIn(file), keepAlive: false });
    onTestFinished(() => caller.close());
    const options = { method: 'GET', headers: {}, timeoutMs: 5000 };
    expect(await caller.call(url, options)).toMatchObject({ status: 200, body: 'hello' });
  });

  test('that speaks no HTTP/2 is told from one that does', async () => {
    const { file, ...tls } = certificate();
    const url = new URL(await listening(createTlsServer(tls, (socket) => socket.on('error', () => undefined))));
    const connection = new Http2Connection(url, { clock: systemClock, trust: trustIn(file) });
    onTestFinished(() => connection.close());
    expect(await connection.ready(5000)).toBe(false);
    expect(connection.end).toEqual({ kind: 'malformed', message: 'TLS did not agree on h2 (ALPN)' });
  });
});

test.each([
  ['that is not there', undefined],
  ['without a certificate', 'hello'],
  ['with a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
])('a file %s is refused by name', (_, content) => {
  const folder = mkdtempSync(join(tmpdir(), 'ssert-trust-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'ca.pem');
  if (content !== undefined) writeFileSync(file, content);
  expect(() => trustIn(file)).toThrow(SettingError);
});
