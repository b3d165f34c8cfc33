import { html, rfc } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import { sceneRule } from '../../scene-rule.ts';
import { FAST } from '../../script.ts';

export const overHttp2: readonly ClientRule[] = [
  sceneRule('http/http-2', 'CH-51', {
    level: 'SHOULD',
    title: 'The same over HTTP/2',
    statement:
      'Over HTTP/2 frames are no part of the stream; END_STREAM ends it, RST_STREAM and GOAWAY cut it, and close() resets it.',
    spec: [rfc(9113, '8.1'), html('reestablish-the-connection')],
    needs: ['http2'],
    isAboutAskingAgain: true,
    cases: [
      {
        http2: [
          { body: `${FAST}data: a\n\n`, ending: 'end' },
          // No events: a cut may overtake what was sent before it.
          { body: ':\n\n', ending: 'reset' },
          { body: ':\n\n', ending: 'go-away' },
          { body: 'data: b\n\n', ending: 'hold' },
        ],
        requests: 4,
        events: [message('a'), message('b')],
        act: async (play) => {
          if (!(await play.untilAsked(4, 10_000))) return undefined;
          if (!(await play.until(() => play.events.length > 1, 2000))) return undefined;
          play.close();
          if (await play.until(() => play.asked[3]?.leftAtMs !== undefined, 2000)) return undefined;
          return { message: 'the stream was still there 2 s after close()', boundMs: 2000, tookMs: 2001 };
        },
      },
    ],
  }),
];
