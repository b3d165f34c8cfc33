import { assert, constantFrom, property, shuffledSubarray } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RequestOptions, wireRequest } from './wire-request.ts';

const url = new URL('http://example.test:8080/a/b?c=d#e');

function bytesOf(options: RequestOptions & { defaults?: Record<string, string> } = {}, to = url): string {
  const { defaults = {}, ...rest } = options;
  return Buffer.concat(wireRequest(to, rest.method ?? 'GET', defaults, rest).parts).toString('latin1');
}

test('a plain request is a request line, Host and the blank line; the fragment stays here', () => {
  expect(bytesOf()).toBe('GET /a/b?c=d HTTP/1.1\r\nHost: example.test:8080\r\n\r\n');
});

describe('header fields', () => {
  test('replace defaults of the same name, whatever its case', () => {
    const bytes = bytesOf({ defaults: { Accept: 'text/event-stream' }, headers: { accept: '*/*', HOST: 'other' } });
    expect(bytes).toBe('GET /a/b?c=d HTTP/1.1\r\naccept: */*\r\nHOST: other\r\n\r\n');
  });

  test('are left out where null, defaults too', () => {
    const bytes = bytesOf({ defaults: { Accept: 'text/event-stream' }, headers: { accept: null, host: null } });
    expect(bytes).toBe('GET /a/b?c=d HTTP/1.1\r\n\r\n');
  });

  test('are sent as UTF-8, or as the bytes given', () => {
    const bytes = bytesOf({ headers: { 'Last-Event-ID': 'é', Raw: Uint8Array.of(0xff, 0x41) } });
    expect(bytes).toContain('Last-Event-ID: \xc3\xa9\r\nRaw: \xffA\r\n');
  });

  test('stand in the order given', () => {
    const names = ['Host', 'Accept', 'Cache-Control', 'X-One', 'X-Two'];
    const defaults = { Accept: 'a', 'Cache-Control': 'b' };
    assert(
      property(shuffledSubarray(names, { minLength: names.length }), constantFrom(true, false), (order, lower) => {
        const spelled = order.map((name) => (lower ? name.toLowerCase() : name));
        const bytes = bytesOf({ defaults, headers: Object.fromEntries(spelled.map((name) => [name, 'v'])) });
        expect([...bytes.matchAll(/^([^:\r\n]+): v\r$/gm)].map((match) => match[1])).toEqual(spelled);
      }),
    );
  });
});

describe('the body', () => {
  test('comes with its length in bytes', () => {
    expect(bytesOf({ method: 'POST', body: 'é' })).toMatch(/\r\nContent-Length: 2\r\n\r\n\xc3\xa9$/);
  });

  test('may be empty, and then says so', () => {
    expect(bytesOf({ method: 'PUT', body: '' })).toMatch(/^PUT .*\r\n(.*\r\n)*Content-Length: 0\r\n\r\n$/);
  });

  test('goes out in pieces that are together what was to be sent', () => {
    const { parts } = wireRequest(url, 'POST', {}, { body: 'x'.repeat(200_000) });
    expect(parts.length).toBeGreaterThan(2);
    expect(Buffer.concat(parts).toString()).toMatch(/\r\n\r\nx{200000}$/);
  });
});

describe('where it goes', () => {
  test.each([
    ['http://h/', { host: 'h', port: 80, tls: false }],
    ['https://h/', { host: 'h', port: 443, tls: true }],
    ['http://[::1]:99/', { host: '::1', port: 99, tls: false }],
  ])('%s', (href, expected) => {
    expect(wireRequest(new URL(href), 'GET', {})).toMatchObject(expected);
  });

  test('a request target that no URL would keep is sent as it is', () => {
    expect(bytesOf({ requestTarget: '/a/../b?%zz' })).toMatch(/^GET \/a\/\.\.\/b\?%zz HTTP\/1\.1\r\n/);
  });

  test('HTTP/1.0 is said in the request line', () => {
    expect(bytesOf({ httpVersion: '1.0' })).toMatch(/^GET \/a\/b\?c=d HTTP\/1\.0\r\n/);
  });

  test('a name and password in the URL become Basic credentials, unless the caller gives its own', () => {
    const withUser = new URL('http://us%C3%A9r:p%3Aw@h/s');
    expect(bytesOf({}, withUser)).toContain(`Authorization: Basic ${Buffer.from('usér:p:w').toString('base64')}\r\n`);
    expect(bytesOf({}, withUser)).toContain('Host: h\r\n');
    expect(bytesOf({ headers: { authorization: 'Bearer x' } }, withUser)).not.toContain('Basic');
  });
});

test('the text is what evidence shows: lines as sent, and a long one cut', () => {
  expect(wireRequest(url, 'GET', { Accept: 'x' }).text).toBe(
    'GET /a/b?c=d HTTP/1.1\nHost: example.test:8080\nAccept: x',
  );
  const { text } = wireRequest(url, 'GET', { Long: 'x'.repeat(10_000) });
  expect(text.length).toBeLessThan(4200);
  expect(text).toMatch(/… \(\d+ bytes\)$/);
});
