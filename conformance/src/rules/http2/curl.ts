import type { RuleContext } from '../../context.ts';

/** The subscription over HTTP/2 as a curl command. */
export function curlHttp2(context: RuleContext): string {
  const url = context.target.http2 ?? context.target.stream.url;
  const flag = url.protocol === 'https:' ? '--http2' : '--http2-prior-knowledge';
  return context.curl({ url }).replace(/^curl /, `curl ${flag} `);
}
