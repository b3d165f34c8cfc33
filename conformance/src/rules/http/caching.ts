import { header, type ResponseHead } from '../../judge/response-reader.ts';
import type { Rule } from '../../rule.ts';
import { rfc } from '../../spec.ts';
import { fail, pass, warn } from '../../verdict.ts';
import { headOf } from './answers.ts';

export const notCacheable: Rule = {
  id: 'http/not-cacheable',
  code: 'SH-05',
  level: 'MUST',
  title: 'No cache may reuse the stream',
  statement:
    'The response is not marked reusable: no public, immutable, positive max-age or s-maxage, no future Expires.',
  spec: [rfc(9111, '3'), rfc(9111, '4.2'), rfc(9111, '5.2.2'), rfc(9111, '5.3')],
  access: ['stream'],
  phase: 'connections',
  judge: async (context) => {
    const { first } = context.acquaintance;
    const head = headOf(first);
    const directives = cacheDirectives(head);
    const protection = ['no-store', 'no-cache'].find((name) => directives.get(name) === '');
    if (protection !== undefined) return pass(`Cache-Control has ${protection}`);
    const reusable = reusableBy(head, directives, context.clock.wallTime());
    if (reusable !== undefined) {
      return fail(`${reusable} lets a cache answer a subscription with an old stream`, {
        evidence: first.evidence(),
        reproduce: context.curl(),
      });
    }
    const shown = header(head, 'cache-control');
    return pass(shown === undefined ? 'no field allows reuse' : `Cache-Control: ${shown} allows no reuse`);
  },
};

/** What marks a response as reusable, if anything. */
function reusableBy(
  head: ResponseHead,
  directives: ReadonlyMap<string, string>,
  wallTimeMs: number,
): string | undefined {
  for (const name of ['max-age', 's-maxage']) {
    const value = directives.get(name);
    if (Number(value) > 0) return `${name}=${value}`;
  }
  // It is 0 then: stale at once whatever else is said, Expires included (RFC 9111 5.3).
  if (directives.has('max-age')) return undefined;
  const expires = header(head, 'expires');
  // It ends the freshness that public and immutable would have by a guess of the cache (RFC 9111 4.2.1, 4.2.2).
  if (expires === undefined) return ['public', 'immutable'].find((name) => directives.has(name));
  // A value that is no date, such as 0, means "already expired" (RFC 9111 5.3).
  if (!/^[A-Z][a-z]{2}/.test(expires)) return undefined;
  const dateMs = Date.parse(header(head, 'date') ?? '');
  return Date.parse(expires) > (Number.isNaN(dateMs) ? wallTimeMs : dateMs) ? `Expires: ${expires}` : undefined;
}

/** Directives by their names in lower case; of a repeated one the first counts (RFC 9111 4.2.1). */
function cacheDirectives(head: ResponseHead): Map<string, string> {
  const directives = new Map<string, string>();
  const text = header(head, 'cache-control') ?? '';
  for (const [, name = '', quoted, token = ''] of text.matchAll(/([^\s,;="]+)(?:\s*=\s*(?:"([^"]*)"|([^\s,;]*)))?/g)) {
    if (!directives.has(name.toLowerCase())) directives.set(name.toLowerCase(), quoted ?? token);
  }
  return directives;
}

export const intermediaryDirectives: Rule = {
  id: 'http/intermediary-directives',
  code: 'SH-06',
  level: 'SHOULD',
  title: 'Intermediaries are told to leave the stream alone',
  statement: 'The response has no-store, no-transform and X-Accel-Buffering: no, so nobody keeps, changes or holds it.',
  spec: [
    rfc(9111, '5.2.2.5'),
    rfc(9111, '5.2.2.6'),
    rfc(9110, '7.7'),
    {
      title: 'nginx, proxy_buffering',
      url: 'https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering',
    },
  ],
  access: ['stream'],
  phase: 'connections',
  judge: async (context) => {
    const { first } = context.acquaintance;
    const head = headOf(first);
    const directives = cacheDirectives(head);
    // nginx obeys the field and takes it off, so behind it nobody can tell.
    const behindNginx = /\b(nginx|openresty)\b/i.test(header(head, 'server') ?? '');
    const missing = [
      ...(directives.has('no-store') ? [] : ['no-store (a shared cache may keep a copy)']),
      ...(directives.has('no-transform') ? [] : ['no-transform (a proxy may compress and so hold events back)']),
      ...(behindNginx || header(head, 'x-accel-buffering')?.toLowerCase() === 'no'
        ? []
        : ['X-Accel-Buffering: no (nginx gathers events before it sends them)']),
    ];
    const faults = [
      ...(missing.length > 0 ? [`lacks ${missing.join(', ')}`] : []),
      ...(header(head, 'expire') === undefined ? [] : ['has a field named Expire, which no cache knows']),
    ];
    if (faults.length > 0) {
      const detail = { evidence: first.evidence(), reproduce: context.curl() };
      return warn(`the response ${faults.join(', and ')}`, detail);
    }
    return pass(
      behindNginx
        ? 'no-store and no-transform; nginx takes X-Accel-Buffering off, so it cannot be seen'
        : 'no-store, no-transform and X-Accel-Buffering: no',
    );
  },
};
