import { expect, test } from 'vitest';
import { health, runningServer } from '../../testing/running-server.ts';

const allowed = 'https://app.example';

const json = { 'Content-Type': 'application/json' };

/** Answers of every kind: a stream, data, and each way to fail. */
const requests: [string, string, RequestInit][] = [
  ['a stream', '/events', {}],
  ['the usage stream', '/usage/stream', {}],
  ['data', '/health', {}],
  ['a publish', '/events', { method: 'POST', body: '{"data":"x"}', headers: json }],
  ['HEAD', '/events', { method: 'HEAD' }],
  ['400', '/usage/stream?hours=x', {}],
  ['404', '/nothing', {}],
  ['405', '/events', { method: 'PUT', body: 'x' }],
  ['415', '/events', { method: 'POST', body: 'x' }],
];

async function ask(url: string, init: RequestInit, origin: string): Promise<Response> {
  const abort = new AbortController();
  const answer = await fetch(url, { ...init, headers: { ...init.headers, Origin: origin }, signal: abort.signal });
  abort.abort();
  return answer;
}

test.each(requests)('%s may be read by an allowed origin, and by no other', async (_, path, init) => {
  const { url } = await runningServer({ allowedOrigins: [allowed] });
  const answer = await ask(url + path, init, allowed);
  expect(answer.headers.get('access-control-allow-origin')).toBe(allowed);
  expect(answer.headers.get('vary')).toMatch(/\bOrigin\b/i);
  const near = ['null', 'http://app.example', `${allowed}:8443`, `${allowed}.evil.example`, 'https://xapp.example'];
  for (const origin of near) {
    const refused = await ask(url + path, init, origin);
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    expect(refused.headers.get('vary')).toMatch(/\bOrigin\b/i);
    expect(refused.status).toBe(answer.status);
  }
  expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
});

test.each(requests)(
  '%s may be read with credentials where that is set, by an allowed origin alone',
  async (_, path, init) => {
    const { url } = await runningServer({ allowedOrigins: [allowed, 'https://b.example'], corsCredentials: true });
    for (const origin of [allowed, 'https://b.example']) {
      const { headers } = await ask(url + path, init, origin);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('access-control-allow-credentials')).toBe('true');
      expect(headers.get('vary')).toMatch(/\bOrigin\b/i);
    }
    const { headers } = await ask(url + path, init, 'https://c.example');
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('vary')).toMatch(/\bOrigin\b/i);
  },
);

test('a preflight tells an allowed origin that credentials may be sent, and no other', async () => {
  const { url } = await runningServer({ allowedOrigins: [allowed], corsCredentials: true });
  const preflight = (origin: string) =>
    fetch(`${url}/events`, { method: 'OPTIONS', headers: { Origin: origin, 'Access-Control-Request-Method': 'GET' } });
  const { status, headers } = await preflight(allowed);
  expect([status, headers.get('access-control-allow-credentials')]).toEqual([204, 'true']);
  // With credentials browsers take * for a name.
  for (const [, value] of headers) expect(value).not.toBe('*');
  expect((await preflight('https://evil.example')).headers.get('access-control-allow-credentials')).toBeNull();
});

test.each(['/events', '/events?x=1'])('without an origin %s has the same fields as for a stranger', async (path) => {
  const { url } = await runningServer({ allowedOrigins: [allowed], corsCredentials: true });
  const { headers } = await ask(url + path, {}, 'https://evil.example');
  const abort = new AbortController();
  const without = await fetch(url + path, { signal: abort.signal });
  abort.abort();
  const compared = (fields: Headers) => [...fields].filter(([name]) => name !== 'date');
  expect(compared(without.headers)).toEqual(compared(headers));
});

test('a refusal for want of room may be read too', async () => {
  const { url } = await runningServer({ allowedOrigins: [allowed], maxStreams: 1 });
  const abort = new AbortController();
  await fetch(`${url}/events`, { signal: abort.signal });
  const answer = await ask(`${url}/events`, {}, allowed);
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([503, allowed]);
  abort.abort();
});

test('* allows every origin, without credentials', async () => {
  const { url } = await runningServer({ allowedOrigins: ['*'] });
  const answer = await ask(`${url}/events`, {}, 'https://any.example');
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
});

test('nobody is allowed unless named', async () => {
  const { url } = await runningServer();
  const answer = await ask(`${url}/events`, {}, allowed);
  expect(answer.headers.get('access-control-allow-origin')).toBeNull();
});

test.each(['/events', '/usage/stream'])('a preflight on %s allows what clients of event streams send', async (path) => {
  const server = await runningServer({ allowedOrigins: [allowed] });
  const answer = await fetch(server.url + path, {
    method: 'OPTIONS',
    headers: {
      Origin: allowed,
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'authorization,cache-control,last-event-id',
    },
  });
  expect(answer.status).toBe(204);
  expect(answer.headers.get('access-control-allow-origin')).toBe(allowed);
  expect(answer.headers.get('vary')).toMatch(/\bOrigin\b/i);
  expect(answer.headers.get('content-length')).toBeNull();
  const names = answer.headers.get('access-control-allow-headers')?.toLowerCase().split(', ');
  expect(names).toEqual(['last-event-id', 'cache-control', 'authorization', 'accept', 'content-type']);
  expect(answer.headers.get('access-control-allow-methods')).toBe('GET,HEAD,POST');
  expect(await health(server)).toMatchObject({ activeConnections: 0 });
});

test('OPTIONS without an origin is answered 204 too', async () => {
  const { url } = await runningServer();
  expect((await fetch(`${url}/events`, { method: 'OPTIONS' })).status).toBe(204);
});
