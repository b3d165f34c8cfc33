import { header } from '../../judge/response-reader.ts';
import type { Rule } from '../../rule.ts';
import { rfc } from '../../spec.ts';
import { fail, pass } from '../../verdict.ts';
import { curlHttp2 } from './curl.ts';

/** Fields about the connection, of which HTTP/2 has none (RFC 9113 8.2.2). */
const connectionFields = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'];

export const noConnectionFields: Rule = {
  id: 'http2/no-connection-fields',
  code: 'SZ-04',
  level: 'MUST',
  title: 'No connection-specific field over HTTP/2',
  statement:
    'Over HTTP/2 a response has no Connection, Keep-Alive, Proxy-Connection, Transfer-Encoding or Upgrade: such a message is malformed.',
  spec: [rfc(9113, '8.2.2')],
  access: ['stream'],
  profiles: ['h2'],
  phase: 'connections',
  judge: async (context) => {
    const connection = await context.connectHttp2();
    const [stream] = await context.subscribeHttp2(connection, 1);
    const fields = stream?.sections.flat() ?? [];
    // A proxy that speaks HTTP/2 for a server may pass on what that says over HTTP/1.1.
    const { head } = context.acquaintance.first;
    const overHttp1 = head && header(head, 'connection');
    const observed = {
      responseFields: fields.length,
      ...(overHttp1 === undefined ? {} : { connectionOverHttp1: overHttp1 }),
    };
    const wrong = fields.find(([name]) => connectionFields.includes(name.toLowerCase()));
    const evidence = stream?.evidence({ observed }) ?? { observed };
    if (!wrong) return pass(`none among ${fields.length} fields of the response`, { evidence });
    return fail(`the response has ${wrong[0]}: ${wrong[1]}: browsers and libraries reject it as malformed`, {
      evidence,
      reproduce: curlHttp2(context),
    });
  },
};
