import { html, rfc } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { scene, sceneRule } from '../../scene-rule.ts';
import { FIN, ok, verbatim } from '../../script.ts';

/** The reconnection time in these scenes, in ms. */
const waitMs = 500;

const garbage = {
  'a line that is not HTTP': 'NOT HTTP AT ALL\r\n\r\n',
  'a status of six digits': 'HTTP/1.1 999999 X\r\n\r\n',
  '100 KB without a line end': 'x'.repeat(100_000),
};

export const notHttp: readonly ClientRule[] = [
  sceneRule('http/garbage-instead-of-http', 'CH-27', {
    title: 'What is not HTTP',
    statement: 'A response that is not HTTP is tried again after the reconnection time, or fails the connection.',
    spec: [html('sse-processing-model'), rfc(9112, '4')],
    cases: Object.entries(garbage).map(([label, bytes]) => ({
      label,
      ...scene(ok(`retry: ${waitMs}\n\n`, FIN), verbatim(bytes, FIN), ok('data: ok\n\n')),
      requests: 2,
      act: async (play) => {
        await play.untilAsked(2);
        await play.until(() => play.events.length > 0 || play.errors.length > 1, 5000);
      },
      watchMs: 1000,
      check: ({ asked: [, second, third], events, errors }, { capabilities }) => {
        const afterMs = third && third.atMs - (second?.playedAtMs ?? Number.NaN);
        if (afterMs !== undefined && afterMs < waitMs - 5) return `it asked again ${Math.round(afterMs)} ms after it`;
        const wrong = events.find(({ data }) => data !== 'ok');
        if (wrong) return `it is read as an event, ${JSON.stringify(wrong.data)}`;
        if (third || !capabilities.has('error-event') || errors.length > 1) return undefined;
        return { message: 'it was neither tried again nor told as an error', boundMs: 5000, tookMs: 5001 };
      },
    })),
  }),
];
