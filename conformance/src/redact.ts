import { unescape as percentDecode } from 'node:querystring';
import { markedBytes } from './access/marked-bytes.ts';
import type { RuleResult } from './result.ts';
import type { TargetDefinition } from './target.ts';
import type { ConnectionTimeline, Evidence, MarkedBytes } from './verdict.ts';

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

/** A text with each secret replaced. */
export function redact(text: string, secrets: readonly string[]): string {
  return secrets.reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text);
}

/** The same bytes with an asterisk for each byte of a secret, also where one is cut in two: offsets stay. */
export function maskSecrets(chunks: readonly Uint8Array[], secrets: readonly string[]): Buffer[] {
  // Each byte as one character, so that text can be searched and places stay.
  let whole = Buffer.concat(chunks).toString('latin1');
  for (const secret of secrets) {
    const bytes = Buffer.from(secret).toString('latin1');
    whole = whole.replaceAll(bytes, '*'.repeat(bytes.length));
  }
  const all = Buffer.from(whole, 'latin1');
  let at = 0;
  return chunks.map(({ length }) => {
    at += length;
    return all.subarray(at - length, at);
  });
}

/**
 * A result that tells no secret. Only what may quote the target or its server is looked through: a password can be a
 * word of the report as well, such as `pass`.
 */
export function redactResult(result: RuleResult, secrets: readonly string[]): RuleResult {
  const { message, evidence, counterexample, reproduce } = result;
  return {
    ...result,
    ...(message !== undefined && { message: redact(message, secrets) }),
    ...(evidence && { evidence: redactEvidence(evidence, secrets) }),
    ...(counterexample && { counterexample: { ...counterexample, value: redact(counterexample.value, secrets) } }),
    ...(reproduce !== undefined && { reproduce: redact(reproduce, secrets) }),
  };
}

function redactEvidence(evidence: Evidence, secrets: readonly string[]): Evidence {
  const { request, response, bytes, observed, connections } = evidence;
  const figure = <T>(value: T): T | string => (typeof value === 'string' ? redact(value, secrets) : value);
  return {
    ...evidence,
    ...(request !== undefined && { request: redact(request, secrets) }),
    ...(response !== undefined && { response: redact(response, secrets) }),
    ...(bytes && { bytes: redactBytes(bytes, secrets) }),
    ...(observed && {
      observed: Object.fromEntries(Object.entries(observed).map(([name, value]) => [name, figure(value)])),
    }),
    ...(connections && { connections: connections.map((connection) => redactTimeline(connection, secrets)) }),
  };
}

/** Hexadecimal shows a secret to whoever decodes it, as reporters do; what is marked stays where it is. */
function redactBytes({ offset, hex, mark }: MarkedBytes, secrets: readonly string[]): MarkedBytes {
  const [bytes = Buffer.alloc(0)] = maskSecrets([Buffer.from(hex, 'hex')], secrets);
  for (const secret of secrets) maskAtEnds(bytes, Buffer.from(secret));
  return markedBytes(bytes, offset, mark);
}

/** An excerpt of the stream may begin and end in the middle of a secret; a few characters of it tell nothing. */
function maskAtEnds(excerpt: Buffer, secret: Buffer): void {
  for (let length = Math.min(secret.length - 1, excerpt.length); length >= 4; length -= 1) {
    const endsAt = excerpt.length - length;
    if (excerpt.subarray(0, length).equals(secret.subarray(-length))) excerpt.fill('*', 0, length);
    if (excerpt.subarray(endsAt).equals(secret.subarray(0, length))) excerpt.fill('*', endsAt);
  }
}

function redactTimeline(connection: ConnectionTimeline, secrets: readonly string[]): ConnectionTimeline {
  const marks = connection.marks.map((mark) =>
    mark.label === undefined ? mark : { ...mark, label: redact(mark.label, secrets) },
  );
  return { ...connection, label: redact(connection.label, secrets), marks };
}
