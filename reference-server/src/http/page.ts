import { createHash } from 'node:crypto';

/**
 * The headers of a page that is one file: its own scripts and styles run, known by their hashes (CSP Level 3, 2.3.1),
 * it may ask this server, and nothing else is allowed.
 */
export function pageHeaders(html: string): Readonly<Record<string, string>> {
  const policy = [
    "default-src 'none'",
    `script-src ${hashesOf('script', html)}`,
    `style-src ${hashesOf('style', html)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policy.join('; '),
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  };
}

/** The hash sources of the elements of that name; `'none'` where there are none. */
function hashesOf(name: 'script' | 'style', html: string): string {
  // Both in one search: what looks like an element in the text of a script is none.
  const hashes = [...html.matchAll(/<(script|style)\b[^>]*>([\s\S]*?)<\/\1>/g)]
    .filter(([, element]) => element === name)
    .map(([, , text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
  return hashes.join(' ') || "'none'";
}
