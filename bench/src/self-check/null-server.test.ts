import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { get } from 'node:http';
import { connect } from 'node:http2';
import { get as getByTls } from 'node:https';
import { describe, expect, test } from 'vitest';
import { loopbackCertificate } from './loopback-certificate.ts';
import { type Spoken, spokenIn, startNullServer } from './null-server.ts';

const everything: readonly Spoken[] = [
  { protocol: 'http/1.1', tls: false },
  { protocol: 'http/1.1', tls: true },
  { protocol: 'h2', tls: false },
  { protocol: 'h2', tls: true },
];

/** Asks with a client of Node, which shares nothing with the engine. @returns whether it is served; rejects where there is no answer */
async function isServed({ protocol, tls }: Spoken, port: string, ca: string | undefined): Promise<boolean> {
  const trust = ca === undefined ? {} : { ca };
  const url = `${tls ? 'https' : 'http'}://127.0.0.1:${port}/`;
  if (protocol === 'http/1.1') {
    const request = tls ? getByTls(url, { ...trust, agent: false }) : get(url, { agent: false });
    const [response] = await once(request, 'response');
    request.on('error', () => undefined).destroy();
    return response.statusCode === 200;
  }
  const session = connect(url, trust);
  try {
    const [head] = await Promise.race([once(session.request(), 'response'), once(session, 'close').then(() => [{}])]);
    // Who offers no HTTP/2 in its TLS handshake is told 403.
    return head[':status'] === 200;
  } finally {
    session.destroy();
  }
}

test.each(everything)('the null server speaks $protocol (TLS: $tls), and nothing else', async (spoken) => {
  using server = await startNullServer(spoken, new AbortController().signal);
  const { port } = new URL(server.request.url);
  const answers = everything.map((one) => isServed(one, port, server.request.ca).catch(() => false));
  expect(await Promise.all(answers)).toEqual(everything.map((one) => one === spoken));
});

describe('what a run speaks', () => {
  test.each([
    [{ url: 'http://127.0.0.1/' }, { protocol: 'http/1.1', tls: false }],
    [{ url: 'HTTPS://example.com/{channel}' }, { protocol: 'http/1.1', tls: true }],
    [
      { url: 'http://127.0.0.1/', protocol: 'h2' },
      { protocol: 'h2', tls: false },
    ],
    [
      { url: 'https://127.0.0.1/', protocol: 'h2' },
      { protocol: 'h2', tls: true },
    ],
  ] as const)('%j', (request, spoken) => {
    expect(spokenIn(request)).toEqual(spoken);
  });
});

test('its certificate is for 127.0.0.1, and signed by itself', () => {
  const certificate = new X509Certificate(loopbackCertificate().cert);
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(certificate.checkIP('127.0.0.2')).toBeUndefined();
  expect(certificate.verify(certificate.publicKey)).toBe(true);
});
