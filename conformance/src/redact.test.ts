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

test('credentials of commands and bodies are found by their names', () => {
  const secrets = secretsOf({
    stream: { url: 'http://localhost:{port}/', body: '{"apiKey": "k-1234567890", "model": "model-of-mine", "n": 1}' },
    stats: { url: 'http://auth:3000/stats' },
    publish: {
      command:
        "curl -H 'Authorization: Bearer b-12345678' -d 'password=correct+horse&topic=everything' http://localhost/",
    },
    process: { start: 'DB_PASSWORD="two words" LOG_LEVEL=information node server.js --session-secret=abcdefgh {port}' },
  });
  for (const secret of ['k-1234567890', 'b-12345678', 'correct+horse', 'two words', 'abcdefgh'])
    expect(secrets).toContain(secret);
  for (const plain of ['model-of-mine', 'everything', 'information', '3000/stats'])
    expect(secrets).not.toContain(plain);
});

test('a password is found where the port is left to the harness', () => {
  expect(secretsOf({ stream: 'http://ada:s3cr3t-pass@localhost:{port}/' })).toContain('s3cr3t-pass');
});

test('a secret is found in the forms that shells, JSON and URLs give it', () => {
  const secrets = secretsOf({ stream: { url: 'http://localhost/', headers: { Authorization: `it's "so"` } } });
  for (const form of [`it'\\''s "so"`, `it's \\"so\\"`, `it's%20%22so%22`]) expect(secrets).toContain(form);
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
