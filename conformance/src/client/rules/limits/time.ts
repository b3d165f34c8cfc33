import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { difference, message } from '../../expected.ts';
import type { Play } from '../../play.ts';
import { type LateComplaint, type SceneCase, sceneRule } from '../../scene-rule.ts';
import { FIN, headOf, ok, verbatim } from '../../script.ts';

const processing = [html('sse-processing-model')] as const;

const oneConnection = ({ asked, errors }: Play): string | undefined => {
  if (errors.length > 0) return 'the client told an error';
  return asked.length === 1 ? undefined : `${asked.length} requests came`;
};

/** The client must see a stream to the end that takes so long. */
const patiently = (script: SceneCase['scripts'], data: readonly string[], tookMs: number): SceneCase => ({
  ...(script ? { scripts: script } : {}),
  act: async (play) => {
    await play.until(() => play.asked.length > 1 || play.asked[0]?.playedAtMs !== undefined, tookMs + 10_000);
  },
  check: (play) =>
    oneConnection(play) ??
    difference(
      data.map((one) => message(one)),
      play.events,
      { ids: false },
    ),
});

const digits = (count: number): string => '9'.repeat(count);

export const times: readonly ClientRule[] = [
  sceneRule('limits/slow-drip', 'CS-14', {
    title: 'A stream that trickles',
    statement: 'A stream that trickles is read to the end.',
    spec: [html('parsing-an-event-stream')],
    cases: [patiently([ok(...[...'data: slow\n\n'].flatMap((byte) => [byte, 500]))], ['slow'], 6000)],
  }),
  sceneRule('limits/idle-thirty-seconds', 'CS-15', {
    level: 'SHOULD',
    title: 'Half a minute of silence',
    statement: 'A stream that is silent for 30 s stays open, unless the caller set a timeout.',
    spec: processing,
    lastsMs: 30_000,
    cases: [patiently([ok('data: a\n\n', 30_000, 'data: b\n\n')], ['a', 'b'], 30_000)],
  }),
  sceneRule('limits/idle-six-minutes', 'CS-16', {
    level: 'SHOULD',
    title: 'Six minutes of silence',
    statement: 'A stream that is silent for six minutes stays open, unless the caller set a timeout.',
    spec: processing,
    lastsMs: 360_000,
    cases: [patiently([ok('data: a\n\n', 360_000, 'data: b\n\n')], ['a', 'b'], 360_000)],
  }),
  sceneRule('limits/comments-keep-it-alive', 'CS-17', {
    title: 'Comments keep a stream alive',
    statement: 'A stream with a comment every 15 s and nothing else stays open for six minutes.',
    spec: [html('authoring-notes')],
    lastsMs: 360_000,
    cases: [
      patiently(
        [ok('data: a\n\n', ...Array.from({ length: 23 }, () => [15_000, ':\n']).flat(), 15_000, 'data: b\n\n')],
        ['a', 'b'],
        360_000,
      ),
    ],
  }),
  sceneRule('limits/slow-head', 'CS-18', {
    level: 'SHOULD',
    title: 'A head that takes 20 s',
    statement: 'A response head that takes 20 s is awaited.',
    spec: processing,
    lastsMs: 20_000,
    cases: [
      patiently(
        [verbatim(20_000, headOf('200 OK', ['Content-Type: text/event-stream']), 'data: a\n\n')],
        ['a'],
        20_000,
      ),
    ],
  }),
  sceneRule('limits/huge-retry', 'CS-19', {
    title: 'A huge `retry`',
    statement: 'A huge `retry` means a long wait, never a short one.',
    spec: [html('processField')],
    cases: ['2147483647', '2147483648', '4294967296', '99999999999', digits(25), digits(400)].map((value) => ({
      label: `retry: ${value.length > 20 ? `${value.length} nines` : value}`,
      answers: (_, nth) => (nth < 200 ? ok(`retry: ${value}\n\n`, FIN) : ok()),
      noMore: true,
      watchMs: 3000,
    })),
  }),
  sceneRule('limits/instant-end', 'CS-20', {
    level: 'SHOULD',
    title: 'A server that ends at once',
    statement: 'A server that accepts and ends at once, naming no time, is asked at most once per 500 ms.',
    spec: [html('reestablish-the-connection')],
    cases: [
      {
        answers: (_, nth) => (nth < 200 ? ok(FIN) : ok()),
        watchMs: 5000,
        check: ({ asked }): string | LateComplaint | undefined => {
          const [first] = asked;
          const soon = asked.filter(({ atMs }) => atMs - (first?.atMs ?? 0) <= 5000).length;
          return soon > 11 ? `${soon} requests came in 5 s` : undefined;
        },
      },
    ],
  }),
];
