import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import type { ClientContext } from '../../context.ts';
import type { Play } from '../../play.ts';
import { type LateComplaint, observation, type SceneCase, scene, sceneRule } from '../../scene-rule.ts';
import { FIN, ok, RST, verbatim } from '../../script.ts';

const reestablish = [html('reestablish-the-connection')] as const;
const processField = [html('processField')] as const;

/** Times that the client waited between the end of a connection and the next request, in ms. */
function waits({ asked }: Play): number[] {
  return asked.slice(1).map(({ atMs }, at) => atMs - (asked[at]?.playedAtMs ?? Number.NaN));
}

/** The wait before each request from the second on must be this reconnection time; longer only with declared backoff. */
const waited =
  (...expectedMs: readonly number[]) =>
  (play: Play, { capabilities }: ClientContext): string | LateComplaint | undefined => {
    for (const [at, timeMs] of expectedMs.entries()) {
      const tookMs = waits(play)[at];
      if (tookMs === undefined) continue;
      const told = `request ${at + 2} came ${Math.round(tookMs)} ms after the stream ended; the reconnection time is ${timeMs} ms`;
      if (tookMs < timeMs - 5) return told;
      // "Optionally, wait some more": only for clients that say so.
      const boundMs = capabilities.has('backoff') ? timeMs * 2.5 + 300 : timeMs * 1.25 + 150;
      if (tookMs > boundMs) return { message: told, boundMs, tookMs };
    }
    return undefined;
  };

/** One body, ended, and the wait before the next request. */
const next = (body: string, timeMs: number, label?: string): SceneCase => ({
  ...(label === undefined ? {} : { label }),
  ...scene(ok(body, FIN)),
  requests: 2,
  watchMs: 0,
  check: waited(timeMs),
});

const bad = ['40x', 'x40', '-5', '+40', '1.5', '4e1', '0x28', '40 ', '  40', '4 0', '４０', '٤٠', '1_0'];

export const waiting: readonly ClientRule[] = [
  sceneRule('reconnect/waits-the-reconnection-time', 'CR-13', {
    title: 'The reconnection time is waited',
    statement: 'No request comes earlier than the reconnection time after the drop; nor, without backoff, much later.',
    spec: reestablish,
    cases: [next('retry: 700\n\n', 700)],
  }),
  sceneRule('reconnect/retry-is-decimal', 'CR-14', {
    title: '`retry` is decimal',
    statement: 'The value of `retry` is decimal, leading zeros and all.',
    spec: processField,
    cases: [next('retry:0700\ndata:x\n\n', 700), next('retry:000900\n\n', 900)],
  }),
  sceneRule('reconnect/bad-retry-is-ignored', 'CR-15', {
    title: 'A bad `retry` is ignored',
    statement: 'A value of `retry` with anything but ASCII digits is ignored as a whole.',
    spec: processField,
    cases: bad.map((value) => next(`retry: 700\n\nretry: ${value}\n\n`, 700, `retry: ${JSON.stringify(value)}`)),
  }),
  observation('reconnect/empty-retry', 'CR-16', {
    title: 'An empty `retry`',
    statement: 'Whether an empty value is ignored or restores the default is left open.',
    spec: processField,
    cases: ['retry', 'retry:', 'retry: '].map((line) => ({
      ...scene(ok(`retry: 700\n\n${line}\n\n`, FIN)),
      requests: 2,
      watchMs: 0,
    })),
    tell: (plays) => `after retry: 700 and an empty one it waited ${plays.map((play) => inMs(waits(play))).join('; ')}`,
  }),
  sceneRule('reconnect/retry-counts-at-once', 'CR-17', {
    title: '`retry` counts at once',
    statement: '`retry` counts as soon as its line ends, with no empty line and no data.',
    spec: processField,
    cases: [next('retry: 40\n', 40), next('data: a\nretry: 40\n', 40)],
  }),
  sceneRule('reconnect/unfinished-retry-is-dropped', 'CR-18', {
    level: 'SHOULD',
    title: 'An unfinished `retry` is dropped',
    statement: 'A `retry` line without a line end is not processed.',
    spec: [html('event-stream-interpretation')],
    cases: [next('retry: 900\n\nretry: 40', 900)],
  }),
  sceneRule('reconnect/last-retry-wins', 'CR-19', {
    title: 'The last `retry` holds',
    statement: 'The latest valid value of `retry` holds.',
    spec: processField,
    cases: [next('retry: 2000\nretry: 50\n\nretry: 600\n\n', 600)],
  }),
  sceneRule('reconnect/retry-persists', 'CR-20', {
    title: '`retry` persists',
    statement: 'The reconnection time holds for all later drops and through failed attempts.',
    spec: [html('concept-event-stream-reconnection-time')],
    cases: ({ capabilities }) => [
      {
        ...scene(ok('retry: 200\n\n', FIN), ok('data: x\n\n', FIN), verbatim(RST), verbatim(RST)),
        requests: 5,
        watchMs: 0,
        // With backoff the waits after failures may be of any length.
        check: capabilities.has('backoff') ? waited(200, 200) : waited(200, 200, 200, 200),
      },
    ],
  }),
  sceneRule('reconnect/default-time', 'CR-21', {
    level: 'SHOULD',
    title: 'The default reconnection time',
    statement: 'Without `retry` the reconnection time is a few seconds: between 0.5 and 10.',
    spec: [html('concept-event-stream-reconnection-time')],
    isAboutAskingAgain: true,
    cases: [
      {
        ...scene(ok('data: a\n\n', FIN)),
        requests: 2,
        requestMs: 11_000,
        watchMs: 0,
        check: (play) => {
          const [tookMs = 0] = waits(play);
          return tookMs < 500 || tookMs > 10_000 ? `it is ${Math.round(tookMs)} ms` : undefined;
        },
      },
    ],
  }),
  observation('reconnect/retry-zero', 'CR-22', {
    title: '`retry: 0`',
    statement: 'Whether `retry: 0` means at once, or a floor, is left open.',
    spec: processField,
    cases: [{ answers: (_, nth) => (nth < 10 ? ok('retry: 0\n\n', FIN) : ok()), requests: 2, watchMs: 1000 }],
    tell: ([play]) => (play ? `it waited ${inMs(waits(play))}` : 'nothing was seen'),
  }),
  observation('reconnect/constant-without-backoff', 'CR-46', {
    title: 'Waits after failures',
    statement: 'Whether the waits are constant, or grow undeclared, is left open.',
    spec: reestablish,
    cases: [
      {
        ...scene(ok('retry: 50\n\n', FIN), ...Array.from({ length: 5 }, () => verbatim(RST))),
        requests: 6,
        requestMs: 3000,
      },
    ],
    tell: ([play]) => (play ? `it waited ${inMs(waits(play))}` : 'nothing was seen'),
  }),
];

function inMs(times: readonly number[]): string {
  return times.length === 0 ? 'for ever' : `${times.map((ms) => Math.round(ms)).join(', ')} ms`;
}
