import { html, rfc } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import { observation, scene, sceneRule } from '../../scene-rule.ts';
import { answer, FAST, FIN, headOf, ok, verbatim } from '../../script.ts';

const right = 'Content-Type: text/event-stream';
const body = `${FAST}data: a\n\ndata: b\n\n`;
const both = [message('a'), message('b')];

export const framing: readonly ClientRule[] = [
  observation('http/several-types', 'CH-46', {
    title: 'Several Content-Types',
    statement: 'How two Content-Type headers, or a list in one, are read is left open.',
    spec: [html('sse-processing-model')],
    cases: [['Content-Type: text/plain', right], [right, 'Content-Type: text/plain'], [`${right}, text/html`]].map(
      (fields) => scene(answer('200 OK', fields, 'data: x\n\n', FIN)),
    ),
    tell: (plays) => {
      const names = ['text/plain before the right type', 'the right type before text/plain', 'a list'];
      return names.map((name, at) => `${name}: ${plays[at]?.events.length ? 'accepted' : 'refused'}`).join('; ');
    },
  }),
  sceneRule('http/chunked-coding', 'CH-47', {
    title: 'Chunks are not part of the stream',
    statement: 'Chunk boundaries, chunk extensions and trailers are not part of the stream.',
    spec: [rfc(9112, '7.1')],
    cases: [
      {
        ...scene(
          verbatim(
            headOf('200 OK', [right, 'Transfer-Encoding: chunked', 'Trailer: X-Trailer']),
            Array.from(body, (character) => `1;a=b\r\n${character}\r\n`).join(''),
            '0\r\nX-Trailer: data: no\r\n\r\n',
            FIN,
          ),
        ),
        requests: 2,
        events: both,
      },
    ],
  }),
  sceneRule('http/close-delimited', 'CH-48', {
    title: 'A body up to the close',
    statement: 'A body without length or coding runs to the end of the connection, also with HTTP/1.0.',
    spec: [rfc(9112, '6.3')],
    cases: ['HTTP/1.0', 'HTTP/1.1'].map((version) => ({
      label: version,
      ...scene(verbatim(`${version} 200 OK\r\n${right}\r\nConnection: close\r\n\r\n`, body, FIN)),
      requests: 2,
      events: both,
    })),
  }),
  sceneRule('http/content-length', 'CH-49', {
    title: 'A body with a length',
    statement: 'A body with Content-Length ends there, without waiting for the close, as an ordinary end of stream.',
    spec: [rfc(9112, '6.3')],
    cases: [
      {
        ...scene(verbatim(headOf('200 OK', [right, `Content-Length: ${body.length}`]), body)),
        requests: 2,
        events: both,
      },
    ],
  }),
  sceneRule('http/open-at-the-headers', 'CH-50', {
    title: 'Open when the headers are in',
    statement: 'The stream is open when the headers are in, before any byte of the body.',
    spec: [html('announce-the-connection')],
    needs: ['open-event'],
    cases: [
      {
        ...scene(ok()),
        act: async (play) => void (await play.until(() => play.reports.some(({ kind }) => kind === 'open'), 500)),
        check: ({ reports }) =>
          reports.some(({ kind }) => kind === 'open')
            ? undefined
            : { message: 'open was not told within 500 ms', boundMs: 500, tookMs: 501 },
      },
    ],
  }),
];
