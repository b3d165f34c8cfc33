import { describe, expect, test } from 'vitest';
import { markedBytes } from './access/marked-bytes.ts';
import { maskSecrets, redactResult, secretsOf } from './redact.ts';
import type { RuleResult } from './result.ts';

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

const result: RuleResult = {
  id: 'framing/pass',
  area: 'framing',
  level: 'MUST',
  title: 'Pass',
  statement: 'Streams pass.',
  spec: 'https://example.test/pass',
  verdict: 'fail',
  message: 'sent Bearer abcdefghij',
  evidence: {
    request: 'GET /stream?access_token=tok-12345 HTTP/1.1\nAuthorization: Bearer abcdefghij',
    response: 'HTTP/1.1 200 OK\nX-Token: tok-12345',
    observed: { events: 1, ids: [1, 2], last: 'tok-12345' },
    connections: [
      {
        label: 'GET /stream?access_token=tok-12345',
        openedAtMs: 1,
        end: 'open',
        marks: [{ atMs: 2, kind: 'event', label: 'tok-12345' }],
      },
    ],
  },
  counterexample: { value: '"tok-12345"', seed: 1, path: '0', shrinks: 0, commands: [{ do: 'publish', events: 1 }] },
  reproduce: "curl 'http://localhost/?access_token=tok-12345'",
  durationMs: 1,
};

describe('a result', () => {
  test('tells no secret in anything that may quote the server', () => {
    const redacted = redactResult(result, secretsOf(definition));
    expect(JSON.stringify(redacted)).not.toMatch(/abcdefghij|tok-12345/);
    expect(redacted.message).toBe('sent [redacted]');
    expect(redacted.evidence?.observed).toEqual({ events: 1, ids: [1, 2], last: '[redacted]' });
  });

  test.each(['pass', 'fail', 'framing', 'MUST', 'open', 'event', 'publish'])(
    'keeps the words of the report where the password is %s',
    (password) => {
      const { evidence, counterexample, ...words } = redactResult(result, [password]);
      const { id, area, level, statement, spec, verdict } = result;
      expect(words).toMatchObject({ id, area, level, statement, spec, verdict });
      expect(evidence?.connections).toMatchObject([{ end: 'open', marks: [{ kind: 'event' }] }]);
      expect(counterexample?.commands).toEqual(result.counterexample?.commands);
    },
  );

  test('tells no secret to who decodes the bytes, and what is marked stays where it is', () => {
    const bytes = Buffer.from(': é tok-12345\nid: 1\0');
    const mark = [bytes.length - 1, bytes.length] as const;
    const evidence = { bytes: markedBytes(bytes, 7, mark) };
    const redacted = redactResult({ ...result, evidence }, secretsOf(definition)).evidence?.bytes;
    expect(Buffer.from(redacted?.hex ?? '', 'hex').toString()).toBe(': é *********\nid: 1\0');
    expect(redacted).toMatchObject({ offset: 7, text: ': é *********\\nid: 1\\0', mark });
  });
});

test('an excerpt that cuts a secret in two shows no part of it', () => {
  const evidence = { bytes: markedBytes(Buffer.from('12345 and abcde'), 100, [0, 5]) };
  const redacted = redactResult({ ...result, evidence }, secretsOf(definition));
  expect(redacted.evidence?.bytes?.text).toBe('***** and *****');
});

test('bytes show no secret, also where it came in two pieces, and keep the place of every other byte', () => {
  const pieces = ['token=hunt', 'er2-é; next'].map((text) => Buffer.from(text));
  expect(maskSecrets(pieces, ['hunter2-é']).map(String)).toEqual(['token=****', '******; next']);
});
