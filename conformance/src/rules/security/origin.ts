import { type Arbitrary, constantFrom, oneof, string } from 'fast-check';
import { header, headerValues } from '../../judge/response-reader.ts';
import { type Complaint, search } from '../../property.ts';
import type { Rule } from '../../rule.ts';
import { cwe, fetchStandard } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, pass } from '../../verdict.ts';

const label: Arbitrary<string> = string({ unit: constantFrom(...'abcxyz019'), minLength: 1, maxLength: 8 });

/**
 * Origins of other owners that look like the allowed one to a careless comparison. Its sub-domains, ports and other
 * scheme are left out: a server may well mean to admit those.
 */
function nearOrigins(allowed: URL): Arbitrary<string> {
  const { protocol, hostname, port } = allowed;
  const end = port === '' ? '' : `:${port}`;
  const isAddress = /^[\d.]+$|^\[/.test(hostname);
  const registered = isAddress ? hostname : hostname.split('.').slice(-2).join('.');
  const foreign = label.map((name) => `https://${name}.example`);
  const suffix = label.map((name) => `${protocol}//${hostname}.${name}.example${end}`);
  const prefix = label.map((name) => `${protocol}//x${name}${registered}${end}`);
  const dot = label.map((name) => `${protocol}//${registered.replace('.', `-${name}-`)}.example${end}`);
  const near = isAddress ? oneof(foreign, suffix) : oneof(foreign, suffix, prefix, dot);
  return near.filter((origin) => !`.${new URL(origin).hostname}`.endsWith(`.${registered}`));
}

export const arbitraryOrigin: Rule = {
  id: 'security/arbitrary-origin',
  code: 'SX-10',
  level: 'MUST',
  title: 'No arbitrary origin gets credentials',
  statement:
    'A foreign Origin, or null, is not answered with itself in Access-Control-Allow-Origin and credentials allowed.',
  spec: [fetchStandard('cors-protocol-and-credentials'), cwe(942)],
  access: ['stream'],
  profiles: ['browser', 'private'],
  phase: 'connections',
  judge: async (context) => {
    const allowed = URL.parse(context.target.origin);
    if (!allowed) throw new Undecided(`the allowed origin ${context.target.origin} is no URL`);
    const isRefused = async (origin: string): Promise<Complaint | undefined> => {
      const exchange = await context.ask({ headers: { Origin: origin } });
      exchange.close();
      const { head } = exchange;
      if (!head) throw new Undecided(`a subscription with Origin: ${origin} got no answer`);
      const admitted = headerValues(head, 'access-control-allow-origin').includes(origin);
      const credentials = header(head, 'access-control-allow-credentials')?.trim() === 'true';
      if (!admitted || !credentials) return undefined;
      return { message: `Origin: ${origin} is admitted with credentials`, evidence: exchange.evidence() };
    };
    const result = await search(context, nearOrigins(allowed), isRefused, ['https://ssert.example', 'null']);
    if (!result.found) return pass(`none of ${result.tried} foreign origins is admitted with credentials`);
    return fail(`${result.complaint.message}: any site can read the stream as the user who visits it`, {
      ...(result.complaint.evidence ? { evidence: result.complaint.evidence } : {}),
      counterexample: result.counterexample,
      reproduce: context.curl({ headers: { Origin: result.value } }),
    });
  },
};
