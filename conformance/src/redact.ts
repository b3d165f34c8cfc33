import { unescape as percentDecode } from 'node:querystring';
import type { TargetDefinition } from './target.ts';

const secretName = /auth|cookie|token|secret|key|password|session|credential/i;

/**
 * `TOKEN=value` of a command or form, `"token": "value"` of JSON, `Authorization: Bearer value` of a header. Shorter
 * values are words that stand elsewhere too.
 */
const assignment =
  /([\w-]+)(?:=|["']\s*:\s*|:\s+(?:(?:Bearer|Basic)\s+)?)(?:"([^"]{8,})"|'([^']{8,})'|([^\s"'&;]{8,}))/gi;

/**
 * The secrets that a target's description holds, by the names they are given: header values, passwords and tokens in
 * URLs, variables of commands, fields of bodies.
 */
export function secretsOf(definition: TargetDefinition): string[] {
  const secrets = new Set<string>();
  const addUrl = (text: string): void => {
    const url = URL.parse(text.replaceAll('{port}', '1'));
    if (!url) return;
    if (url.password !== '') secrets.add(percentDecode(url.password));
    if (url.password !== '') secrets.add(url.password);
    // As it stands in the request, after "Basic".
    if (url.password !== '')
      secrets.add(Buffer.from(`${percentDecode(url.username)}:${percentDecode(url.password)}`).toString('base64'));
    for (const [name, value] of url.searchParams) if (secretName.test(name)) secrets.add(value);
  };
  const visit = (value: unknown, inHeaders: boolean): void => {
    if (typeof value === 'string') {
      addUrl(value);
      for (const [, name = '', ...values] of value.matchAll(assignment)) {
        if (secretName.test(name)) secrets.add(values.find((one) => one !== undefined) ?? '');
      }
    } else if (value !== null && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) {
        if (inHeaders && typeof inner === 'string' && secretName.test(key)) secrets.add(inner);
        visit(inner, key === 'headers');
      }
    }
  };
  visit(definition, false);
  // A bearer token may stand without its scheme elsewhere.
  for (const secret of [...secrets])
    for (const word of secret.split(/[\s;=,]+/)) if (word.length >= 8) secrets.add(word);
  // As they stand inside a shell word, JSON and a URL.
  for (const secret of [...secrets]) {
    secrets.add(secret.replaceAll("'", "'\\''"));
    secrets.add(JSON.stringify(secret).slice(1, -1));
    secrets.add(encodeURIComponent(secret.toWellFormed()));
  }
  return [...secrets].filter((secret) => secret.length >= 3).sort((a, b) => b.length - a.length);
}

/** A copy in which every string has each secret replaced. */
export function redact<T>(value: T, secrets: readonly string[]): T {
  if (secrets.length === 0) return value;
  if (typeof value === 'string')
    return secrets.reduce<string>((text, secret) => text.replaceAll(secret, '[redacted]'), value) as T;
  if (Array.isArray(value)) return value.map((inner) => redact(inner, secrets)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redact(inner, secrets)])) as T;
}
