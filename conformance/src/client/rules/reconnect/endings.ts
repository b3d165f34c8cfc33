import { html, rfc } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import type { Play } from '../../play.ts';
import { refused } from '../../refusal.ts';
import { observation, scene, sceneRule } from '../../scene-rule.ts';
import { answer, CUT, FAST, FIN, headOf, ok, RST, type Script, verbatim } from '../../script.ts';

const reestablish = [html('reestablish-the-connection')] as const;
const processing = [html('sse-processing-model')] as const;
const interpretation = [html('event-stream-interpretation')] as const;

const sameAgain = ({ asked: [first, second] }: Play): string | undefined => {
  if (!first || !second) return undefined;
  if (first.method !== second.method) return `${first.method} became ${second.method}`;
  if (first.target !== second.target) return `${first.target} became ${second.target}`;
  if (Buffer.compare(first.body, second.body) !== 0) return 'the body changed';
  const fields = ({ fields: all }: typeof first): string =>
    all
      .filter(([name]) => name !== 'last-event-id' && name !== 'connection')
      .map((field) => field.join(': '))
      .toSorted()
      .join('; ');
  const [before, after] = [fields(first), fields(second)];
  return before === after ? undefined : `the header fields changed from "${before}" to "${after}"`;
};

/** A first connection that is lost in this way, and a second one that is not. */
const lost = (label: string, first: Script) => ({
  label,
  ...scene(first, ok('data: b\n\n')),
  events: [message('a'), message('b')],
  requests: 2,
});
const chunkedHead = headOf('200 OK', ['Content-Type: text/event-stream', 'Transfer-Encoding: chunked']);
const closingHead = headOf('200 OK', [
  'Content-Type: text/event-stream',
  'Transfer-Encoding: chunked',
  'Connection: close',
]);
const fast = `${FAST.length.toString(16)}\r\n${FAST}\r\n`;
const started = `${FAST}data: a\n\n`;
const inChunk = `${started.length.toString(16)}\r\n${started}\r\n`;

export const endings: readonly ClientRule[] = [
  sceneRule('reconnect/after-end-of-stream', 'CR-01', {
    title: 'After the end of the stream',
    statement: 'When the body ends, the client tells of it, waits, and asks again.',
    spec: reestablish,
    isAboutAskingAgain: true,
    cases: [
      {
        ...scene(ok(`${FAST}data: opened\n\n`, FIN), ok('data: reconnected\n\n')),
        events: [message('opened'), message('reconnected')],
        requests: 2,
        check: ({ errors }, { capabilities }) =>
          capabilities.has('error-event') && errors.length === 0
            ? 'the client did not tell that the stream ended'
            : undefined,
      },
    ],
  }),
  sceneRule('reconnect/after-reset', 'CR-02', {
    title: 'After a reset',
    statement: 'A connection that is reset in mid-body is treated as one that ended.',
    spec: reestablish,
    isAboutAskingAgain: true,
    cases: [lost('a reset', ok(started, RST))],
  }),
  sceneRule('reconnect/after-truncation', 'CR-03', {
    title: 'After a truncated body',
    statement: 'A body cut short of its framing is treated as one that ended.',
    spec: reestablish,
    isAboutAskingAgain: true,
    cases: [
      lost('chunks without the last one', ok(started, CUT)),
      lost('half a chunk', verbatim(`${chunkedHead}${inChunk}1f\r\ndata: ha`, 30, CUT)),
      lost(
        'less than Content-Length',
        verbatim(`${headOf('200 OK', ['Content-Type: text/event-stream', 'Content-Length: 500'])}${started}`, 30, CUT),
      ),
    ],
  }),
  sceneRule('reconnect/after-empty-body', 'CR-04', {
    title: 'After an empty body',
    statement: 'A body that ends before its first byte is a stream that ended.',
    spec: reestablish,
    isAboutAskingAgain: true,
    cases: [{ ...scene(ok(FAST, FIN), ok(FIN), ok('data: a\n\n')), events: [message('a')], requests: 3 }],
  }),
  sceneRule('reconnect/after-network-error', 'CR-05', {
    level: 'SHOULD',
    title: 'After a network error',
    statement: 'A request that ends without a response is tried again.',
    spec: processing,
    isAboutAskingAgain: true,
    cases: [
      {
        label: 'a reset',
        ...scene(ok(FAST, FIN), verbatim(RST), ok('data: a\n\n')),
        events: [message('a')],
        requests: 3,
      },
      {
        label: 'a close',
        ...scene(ok(FAST, FIN), verbatim(CUT), ok('data: a\n\n')),
        events: [message('a')],
        requests: 3,
      },
    ],
  }),
  // Browsers take the lines that came for the whole head; RFC 9112 only says that the client cannot rely on them.
  observation('reconnect/half-a-head', 'CR-49', {
    title: 'Half a head',
    statement: 'Whether a response that ends within its head is a network error, or is taken as it is, is left open.',
    spec: [rfc(9112, '8')],
    cases: [{ ...scene(ok(FAST, FIN), verbatim('HTTP/1.1 200 OK\r\nCont', 30, CUT)), requests: 2, watchMs: 600 }],
    tell: ([play]) => `a request ${(play?.asked.length ?? 0) > 2 ? 'follows' : 'does not follow'}`,
  }),
  sceneRule('reconnect/keeps-trying', 'CR-06', {
    level: 'SHOULD',
    title: 'It keeps trying',
    statement: 'A client goes on trying through several failures in a row.',
    spec: reestablish,
    isAboutAskingAgain: true,
    cases: [
      {
        ...scene(ok(FAST, FIN), ...Array.from({ length: 5 }, () => verbatim(RST)), ok('data: ok\n\n')),
        events: [message('ok')],
        requests: 7,
      },
    ],
  }),
  sceneRule('reconnect/goes-on-for-ever', 'CR-07', {
    level: 'SHOULD',
    title: 'It asks again and again',
    statement: 'A stream that ends again and again is asked again and again.',
    spec: reestablish,
    isAboutAskingAgain: true,
    cases: [
      {
        answers: (_, nth) => (nth < 20 ? ok(`retry: 20\n\ndata: ${nth}\n\n`, FIN) : ok()),
        events: Array.from({ length: 20 }, (_, nth) => message(String(nth))),
        requests: 21,
      },
    ],
  }),
  sceneRule('reconnect/one-request-per-drop', 'CR-08', {
    title: 'One request for each drop',
    statement: 'One drop causes one reconnection.',
    spec: reestablish,
    cases: [
      {
        // The end of the body, and the close a moment later; no further request may go out on that connection.
        ...scene(verbatim(`${closingHead}${fast}0\r\n\r\n`, 100, CUT)),
        requests: 2,
        noMore: true,
        watchMs: 600,
      },
      { ...scene(ok(FAST, FIN)), requests: 2, noMore: true, watchMs: 600 },
    ],
  }),
  sceneRule('reconnect/same-request-again', 'CR-09', {
    title: 'The same request again',
    statement: 'Method, URL, body and headers are the same as before, but for Last-Event-ID.',
    spec: reestablish,
    cases: ({ capabilities }) => {
      const get = { ...scene(ok(`${FAST}id: 1\ndata: a\n\n`, FIN)), requests: 2, check: sameAgain };
      if (!capabilities.has('post')) return [get];
      return [get, { ...get, label: 'POST', options: { method: 'POST', body: '{"hello": "world"}' } }];
    },
  }),
  sceneRule('reconnect/restart-command', 'CR-10', {
    title: 'The caller restarts',
    statement: 'A restart by the caller drops the connection and connects again.',
    spec: reestablish,
    needs: ['restart'],
    isAboutAskingAgain: true,
    cases: [
      {
        ...scene(ok('data: Hello\n\n'), ok('data: Thanks\n\n')),
        act: async (play) => {
          await play.until(() => play.events.length === 1, 2000);
          play.restart();
        },
        events: [message('Hello'), message('Thanks')],
        requests: 2,
      },
    ],
  }),
  sceneRule('reconnect/read-timeout', 'CR-11', {
    title: 'The read timeout',
    statement: 'With a read timeout, silence longer than it is an error and a reconnection.',
    spec: reestablish,
    needs: ['read-timeout'],
    isAboutAskingAgain: true,
    cases: [
      {
        ...scene(ok(`${FAST}data: Hello\n\n`)),
        options: { readTimeoutMs: 500 },
        events: [message('Hello')],
        requests: 2,
      },
    ],
  }),
  sceneRule('reconnect/any-byte-resets-the-read-timeout', 'CR-12', {
    title: 'Any byte is a sign of life',
    statement: 'Any byte resets the read timeout, also half a line or a comment.',
    spec: reestablish,
    needs: ['read-timeout'],
    cases: [
      {
        ...scene(ok(...[...':c\ndata: x\n\n'].flatMap((byte) => [byte, 200]))),
        options: { readTimeoutMs: 700 },
        events: [message('x')],
        noMore: true,
      },
    ],
  }),
  sceneRule('reconnect/not-after-a-fatal-response', 'CR-34', {
    title: 'Not after a fatal response',
    statement: 'A fatal response to a reconnection ends it all.',
    spec: [html('fail-the-connection')],
    cases: [
      ['204', verbatim('HTTP/1.1 204 No Content\r\n\r\n', FIN)] as const,
      ['404', answer('404 Not Found', ['Content-Type: text/event-stream'], FIN)] as const,
      ['text/html', answer('200 OK', ['Content-Type: text/html'], FIN)] as const,
    ].flatMap(([label, script]) => refused(label, script).slice(1)),
  }),
  sceneRule('reconnect/buffers-are-per-connection', 'CR-37', {
    title: 'Buffers end with their connection',
    statement: 'Data and type of an unfinished block do not reach the next connection.',
    spec: interpretation,
    cases: [
      {
        ...scene(ok(`${FAST}event: foo\ndata: part\n`, FIN), ok('\ndata: b\n\n')),
        events: [message('b')],
        requests: 2,
      },
    ],
  }),
  sceneRule('reconnect/half-lines-are-per-connection', 'CR-38', {
    title: 'Half a line ends with its connection',
    statement: 'Half a line, or half a character, does not reach the next connection.',
    spec: interpretation,
    cases: [
      { ...scene(ok(`${FAST}data: mo`, FIN), ok('re\n\ndata: b\n\n')), events: [message('b')], requests: 2 },
      {
        ...scene(
          ok(FAST, Buffer.from('data: \xE2\x82', 'latin1'), FIN),
          ok(Buffer.from('\xACx\n\ndata: b\n\n', 'latin1')),
        ),
        events: [message('b')],
        requests: 2,
      },
    ],
  }),
  sceneRule('reconnect/bom-per-connection', 'CR-39', {
    title: 'A mark for each connection',
    statement: 'A byte order mark is stripped at the start of every connection.',
    spec: interpretation,
    cases: [
      {
        ...scene(ok(`\uFEFFdata: 1\n\n${FAST}`, FIN), ok('\uFEFFdata: 2\n\n', FIN)),
        events: [message('1'), message('2')],
        requests: 3,
      },
    ],
  }),
  sceneRule('reconnect/cr-per-connection', 'CR-40', {
    title: 'CR and LF of two connections',
    statement: 'A CR at the end of one body and an LF at the start of the next are not a pair.',
    spec: interpretation,
    cases: [
      {
        ...scene(ok(`${FAST}data: a\r\r`, FIN), ok('\n\ndata: b\n\n')),
        events: [message('a'), message('b')],
        requests: 2,
      },
    ],
  }),
];
