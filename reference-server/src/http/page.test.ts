import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { runningServer } from '../../testing/running-server.ts';
import { pageHeaders } from './page.ts';

const script = 'write("<style>i {}</style>")';
const page = `<!doctype html><title>a</title><style>b {}</style><script type="module">${script}</script>`;

/** The directives of a Content-Security-Policy. */
function directives(headers: Readonly<Record<string, string>>): Map<string, string> {
  const policy = headers['Content-Security-Policy'] ?? '';
  return new Map(policy.split('; ').map((one) => [one.split(' ', 1)[0] ?? '', one.slice(one.indexOf(' ') + 1)]));
}

test('a page that was handed in is what GET / answers, with a policy of its own', async () => {
  const { url } = await runningServer({ page });
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe(page);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': pageHeaders(page)['Content-Security-Policy'],
  });
  const head = await fetch(url, { method: 'HEAD' });
  expect([head.status, await head.text()]).toEqual([200, '']);
  const post = await fetch(url, { method: 'POST', body: 'x' });
  expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
});

test('the policy names each script and style by its hash, and allows no other', () => {
  const found = directives(pageHeaders(page));
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  expect(found.get('script-src')).toBe(hash(script));
  expect(found.get('style-src')).toBe(hash('b {}'));
  expect(found.get('default-src')).toBe("'none'");
  expect(found.get('frame-ancestors')).toBe("'none'");
  expect([...found.values()].join(' ')).not.toMatch(/unsafe|\*|https?:/);
});

test('a page without scripts may run none', () => {
  expect(directives(pageHeaders('<p>a')).get('script-src')).toBe("'none'");
});
