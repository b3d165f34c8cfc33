import { describe, expect, test } from 'vitest';
import { judge, plainTarget } from '../defects/judge-defect.ts';
import { type Behaviour, startPlainServer } from '../defects/plain-server.ts';
import { unreachable } from './acquaintance.ts';
import { exactResume } from './rules/reconnect/exact-resume.ts';

const url = new URL('https://news.example:8443/stream');
const failed = (code: string, message: string): string => unreachable(url, { kind: 'unreachable', code, message });

describe('a TLS connection that fails is told', () => {
  test.each([
    [
      'ERR_SSL_WRONG_VERSION_NUMBER',
      '40B7C5F0FF7F0000:error:0A00010B:SSL routines:tls_validate_record_header:wrong version number:../deps/openssl/openssl/ssl/record/methods/tlsany_meth.c:80:\n',
      'wrong version number',
    ],
    [
      'EPROTO',
      'write EPROTO 40B7C5F0FF7F0000:error:0A00010B:SSL routines:ssl3_get_record:packet length too long:../deps/openssl/ssl3_record.c:355:\n',
      'packet length too long',
    ],
    [
      'ECONNRESET',
      'Client network socket disconnected before secure TLS connection was established',
      'Client network socket disconnected before secure TLS connection was established',
    ],
  ])('without the insides of OpenSSL, and with the other scheme: %s', (code, message, reason) => {
    expect(failed(code, message)).toBe(`TLS with news.example:8443 failed (${reason}): is it http://?`);
  });

  test.each([
    [
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'self-signed certificate; if the root CA is installed locally, try running Node.js with --use-system-ca',
      'self-signed certificate',
    ],
    [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'unable to verify the first certificate',
      'unable to verify the first certificate',
    ],
  ])('with its CA, where that is not known: %s', (code, message, reason) => {
    expect(failed(code, message)).toBe(
      `the certificate of news.example:8443 is not trusted (${reason}): if it is your own, name its CA with --ca FILE`,
    );
  });

  test.each([
    ['CERT_HAS_EXPIRED', 'certificate has expired'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames: Host: a. is not in: DNS:b"],
  ])('as the certificate is, where no CA would help: %s', (code, message) => {
    expect(failed(code, message)).toBe(
      `the certificate of news.example:8443 is not valid for it (${message}): renew it, or correct the URL`,
    );
  });
});

describe('a server that passes on the ids of its publishers', () => {
  /** Judged where the first events that ask whether ids arrive do not. */
  const judgedWhereLost = async (count: number): Promise<string> => {
    let lost = 0;
    const deliver: Behaviour['deliver'] = (frame, stream, server) => {
      if (lost < count && Buffer.from(frame).includes('id: ssert-id-')) lost += 1;
      else server.behaviour.write(frame, stream);
    };
    const server = await startPlainServer({ identify: (event) => event, deliver });
    try {
      const [result] = await judge(plainTarget(server.url), [exactResume]);
      return `${result?.verdict}: ${result?.message}`;
    } finally {
      await server.close();
    }
  };

  test('is known for one where the first event with an id comes too late', async () => {
    expect(await judgedWhereLost(2)).toMatch(/^pass: /);
  });

  test('is not accused of having none where no event with an id came at first', async () => {
    expect(await judgedWhereLost(Number.POSITIVE_INFINITY)).toBe(
      'inconclusive: whether an id of the publisher arrives is not known',
    );
  });
});
