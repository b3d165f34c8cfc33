import { expect, test } from 'vitest';
import { redact, secretsOf } from './redact.ts';

const definition = {
  stream: {
    url: 'https://ada:s3cr3t-pass@example.test/stream?access_token=tok-12345&topic=news',
    headers: { Authorization: 'Bearer abcdefghij', 'X-Trace': 'visible', Cookie: 'sid=0123456789' },
  },
  stats: { url: 'http://localhost/stats', headers: { 'X-Api-Key': 'key-98765' } },
};

test('credentials of headers and URLs are found, and nothing else', () => {
  const secrets = secretsOf(definition);
  const basic = Buffer.from('ada:s3cr3t-pass').toString('base64');
  for (const secret of [
    basic,
    'Bearer abcdefghij',
    'abcdefghij',
    '0123456789',
    's3cr3t-pass',
    'tok-12345',
    'key-98765',
  ]) {
    expect(secrets).toContain(secret);
  }
  for (const plain of ['visible', 'news', 'Bearer']) expect(secrets).not.toContain(plain);
});

test('they are taken out of every string of a result, however deep', () => {
  const result = {
    message: 'sent Bearer abcdefghij',
    evidence: {
      request: 'GET /stream?access_token=tok-12345 HTTP/1.1\nAuthorization: Bearer abcdefghij',
      bytes: [1, 2],
    },
  };
  const text = JSON.stringify(redact(result, secretsOf(definition)));
  expect(text).not.toMatch(/abcdefghij|tok-12345/);
  expect(text).toContain('[redacted]');
  expect(text).toContain('[1,2]');
});
