import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import type { Play } from '../../play.ts';
import { type SceneCase, scene, sceneRule } from '../../scene-rule.ts';
import { answer, FAST, FIN, headOf, ok, verbatim } from '../../script.ts';

const dispatch = [html('dispatchMessage')] as const;
const reestablish = [html('reestablish-the-connection')] as const;
const theMethod = [html('dom-eventsource-close')] as const;

/** A response whose head comes late. */
const late = verbatim(1500, headOf('200 OK', ['Content-Type: text/event-stream']), 'data: x\n\n');

/** Closes at a moment, then listens: nothing may be told any more. */
const closesAt = (
  label: string,
  script: SceneCase['scripts'],
  moment: (play: Play) => Promise<unknown>,
): SceneCase => ({
  label,
  ...(script ? { scripts: script } : {}),
  act: async (play) => {
    await moment(play);
    const before = play.reports.length;
    play.close();
    await play.watch(1000);
    const told = play.reports[before]?.kind;
    return told && `${told} was told after close()`;
  },
  watchMs: 0,
});

const told =
  (kind: string) =>
  (play: Play): Promise<boolean> =>
    play.until(() => play.reports.some((report) => report.kind === kind), 5000);

export const closing: readonly ClientRule[] = [
  sceneRule('lifecycle/close-is-immediate', 'CL-23', {
    title: 'close() holds at once',
    statement: 'After close() readyState is CLOSED (2), and a second close() does nothing.',
    spec: theMethod,
    needs: ['ready-state'],
    cases: [
      {
        ...scene(ok('data: 1\n\n')),
        act: async (play) => {
          await told('event')(play);
          play.close();
          const state = await play.readyState();
          play.close();
          const again = await play.readyState();
          if (play.threw !== undefined) return `close() threw ${play.threw}`;
          return state === 2 && again === 2
            ? undefined
            : `readyState reads ${state} after close(), ${again} after another`;
        },
        watchMs: 0,
      },
    ],
  }),
  sceneRule('lifecycle/close-fires-nothing', 'CL-24', {
    title: 'close() fires nothing',
    statement: 'After close() nothing is told: no error, no open, no event.',
    spec: theMethod,
    cases: [
      closesAt('an open stream', [ok('data: 1\n\n')], told('event')),
      closesAt('a request without response', [verbatim()], (play) => play.untilAsked(1)),
      closesAt('a client that waits to ask again', [ok('retry: 10000\n\ndata: 1\n\n', FIN)], async (play) => {
        await told('event')(play);
        await play.until(() => play.asked[0]?.playedAtMs !== undefined, 5000);
        await play.watch(500);
      }),
    ],
  }),
  sceneRule('lifecycle/close-in-a-message-handler', 'CL-25', {
    title: 'close() in a message handler',
    statement: 'After close() in a handler no further event is dispatched, though it was in the same write.',
    spec: dispatch,
    needs: ['close-in-handler'],
    cases: [
      {
        ...scene(ok('data: 1\n\ndata: 2\n\ndata: 3\n\n')),
        intervene: { at: 'event', nth: 1, what: 'close' },
        events: [message('1')],
        noMore: true,
      },
    ],
  }),
  sceneRule('lifecycle/close-in-an-open-handler', 'CL-26', {
    title: 'close() in an open handler',
    statement: 'After close() in the handler of open no event is dispatched.',
    spec: dispatch,
    needs: ['close-in-handler', 'open-event'],
    cases: [
      {
        ...scene(ok('data: 1\n\n')),
        intervene: { at: 'open', nth: 1, what: 'close' },
        events: [],
        noMore: true,
      },
    ],
  }),
  sceneRule('lifecycle/close-in-an-error-handler', 'CL-27', {
    title: 'close() in an error handler',
    statement: 'After close() in the handler of an error there is no reconnection.',
    spec: reestablish,
    needs: ['close-in-handler', 'error-event'],
    cases: [{ ...scene(ok(FAST, FIN)), intervene: { at: 'error', nth: 1, what: 'close' }, noMore: true, watchMs: 600 }],
  }),
  sceneRule('lifecycle/close-while-waiting', 'CL-28', {
    title: 'close() while waiting',
    statement: 'close() calls a pending reconnection off.',
    spec: reestablish,
    cases: [
      {
        ...scene(ok('retry: 1500\n\n', FIN)),
        act: async (play) => {
          await play.until(() => play.asked[0]?.playedAtMs !== undefined, 2000);
          await play.watch(100);
          play.close();
        },
        watchMs: 1900,
        // On its way to the client a command may be held up.
        check: ({ asked }) =>
          asked.length > 1 ? { message: 'a request came after close()', boundMs: 1400, tookMs: 1401 } : undefined,
      },
    ],
  }),
  sceneRule('lifecycle/close-while-connecting', 'CL-29', {
    title: 'close() while connecting',
    statement: 'close() aborts a request under way: its connection is given up, and nothing is told of its response.',
    spec: theMethod,
    cases: [
      {
        ...scene(late),
        act: async (play) => {
          const before = play.reports.length;
          play.close();
          await play.until(() => play.asked[0]?.leftAtMs !== undefined, 1000);
          const left = play.asked[0]?.leftAtMs !== undefined;
          await play.watch(1000);
          const [first] = play.reports.slice(before);
          if (first) return `${first.kind} was told after close()`;
          return left
            ? undefined
            : { message: 'the connection was still there 1 s after close()', boundMs: 1000, tookMs: 1001 };
        },
        watchMs: 0,
      },
    ],
  }),
  sceneRule('lifecycle/close-ends-the-connection', 'CL-30', {
    title: 'close() ends the connection',
    statement: 'close() closes or resets the TCP connection within 1 s.',
    spec: theMethod,
    cases: [
      {
        ...scene(ok('data: 1\n\n')),
        act: async (play) => {
          await play.until(() => play.events.length > 0, 2000);
          play.close();
          await play.until(() => play.asked[0]?.leftAtMs !== undefined, 1000);
        },
        watchMs: 0,
        check: ({ asked: [request] }) =>
          request?.leftAtMs === undefined
            ? { message: 'the connection was still there 1 s after close()', boundMs: 1000, tookMs: 1001 }
            : undefined,
      },
    ],
  }),
  sceneRule('lifecycle/close-after-failure', 'CL-31', {
    title: 'close() after a failure',
    statement: 'close() after a fatal response is harmless.',
    spec: theMethod,
    cases: [
      {
        ...scene(answer('404 Not Found', ['Content-Type: text/event-stream'], FIN)),
        act: async (play, { capabilities }) => {
          if (capabilities.has('error-event')) await told('error')(play);
          else await play.watch(300);
          const before = play.reports.length;
          play.close();
          await play.watch(500);
          if (play.threw !== undefined) return `close() threw ${play.threw}`;
          const first = play.reports[before]?.kind;
          return first && `${first} was told after close()`;
        },
        noMore: true,
        watchMs: 0,
      },
    ],
  }),
  sceneRule('lifecycle/no-reconnection-after-close', 'CL-32', {
    title: 'No reconnection after close()',
    statement: 'Whatever the moment of close(), no request follows.',
    spec: reestablish,
    cases: ({ random }) =>
      Array.from({ length: 20 }, () => Math.floor(random.next() * 2000)).map((moment) => ({
        label: `close() after ${moment} ms`,
        answers: () => ok('retry: 1500\n\n', FIN),
        act: async (play) => {
          await play.watch(moment);
          play.close();
          // What the command takes on its way to the client is not the client's.
          await play.watch(600);
          const before = play.asked.length;
          await play.watch(1600);
          const { length } = play.asked;
          return length > before
            ? { message: `${length - before} requests came later than 600 ms after it`, boundMs: 600, tookMs: 601 }
            : undefined;
        },
        watchMs: 0,
      })),
  }),
];
