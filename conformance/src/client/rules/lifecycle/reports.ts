import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import type { Play, TimedReport } from '../../play.ts';
import { type LateComplaint, type SceneCase, scene, sceneRule } from '../../scene-rule.ts';
import { answer, FAST, FIN, headOf, ok, RST, type Script, verbatim } from '../../script.ts';

const announce = [html('announce-the-connection')] as const;
const reestablish = [html('reestablish-the-connection')] as const;
const failTheConnection = [html('fail-the-connection')] as const;
const dispatch = [html('dispatchMessage')] as const;
const theInterface = [html('the-eventsource-interface')] as const;

const readyStateOf = (report: TimedReport): number | undefined =>
  report.kind === 'open' || report.kind === 'error' ? report.readyState : undefined;

/** What was told, in its order, must be of these kinds; `error` is left out for clients that do not tell of failures. */
const tells =
  (...kinds: readonly string[]): NonNullable<SceneCase['check']> =>
  ({ reports }, { capabilities }) => {
    const heard = (kind: string): boolean => kind !== 'error' || capabilities.has('error-event');
    const told = reports.map(({ kind }) => kind).filter(heard);
    const wanted = kinds.filter(heard);
    if (told.join() === wanted.join()) return undefined;
    const complaint = `the client told ${told.join(', ') || 'nothing'}, and ${wanted.join(', ')} would be right`;
    return isBeginning(told, wanted) ? { message: complaint, boundMs: 1000, tookMs: 1001 } : complaint;
  };

const isBeginning = (told: readonly string[], wanted: readonly string[]): boolean =>
  told.length < wanted.length && told.every((kind, at) => kind === wanted[at]);

const untilTold = async (play: Play, kind: string, times = 1): Promise<void> => {
  await play.until(() => play.reports.filter((report) => report.kind === kind).length >= times, 5000);
};

/** readyState must become this; it is asked for until it does. */
async function reads(play: Play, wanted: number, when: string): Promise<LateComplaint | undefined> {
  let state = await play.readyState();
  // What is told from within a process may be a moment old.
  for (let tries = 1; tries < 10 && state !== wanted; tries += 1) {
    await play.watch(50);
    state = await play.readyState();
  }
  if (state === wanted) return undefined;
  return { message: `readyState reads ${state} ${when}, and ${wanted} would be right`, boundMs: 500, tookMs: 501 };
}

const fatal: readonly (readonly [string, Script])[] = [
  ['404', answer('404 Not Found', ['Content-Type: text/event-stream'], FIN)],
  ['a wrong type', answer('200 OK', ['Content-Type: text/plain', 'X-Content-Type-Options: nosniff'], FIN)],
  ['204', verbatim('HTTP/1.1 204 No Content\r\n\r\n', FIN)],
];

export const reports: readonly ClientRule[] = [
  sceneRule('lifecycle/starts-connecting', 'CL-01', {
    title: 'It begins as CONNECTING',
    statement: 'A new stream is CONNECTING (0) and has told nothing until the response comes.',
    spec: theInterface,
    needs: ['ready-state'],
    cases: [
      {
        ...scene(verbatim(2500, headOf('200 OK', ['Content-Type: text/event-stream']))),
        act: async (play) => {
          const state = await play.readyState();
          const told = play.reports[0]?.kind;
          if (play.asked[0]?.playedAtMs !== undefined) return undefined;
          if (told !== undefined) return `the client told ${told} before there was a response`;
          return state === 0 ? undefined : `readyState reads ${state}`;
        },
        watchMs: 0,
      },
    ],
  }),
  sceneRule('lifecycle/open-event', 'CL-10', {
    title: 'One open for each connection',
    statement: 'Each accepted connection is told as open once, with readyState OPEN (1) already set.',
    spec: announce,
    needs: ['open-event', 'ready-state'],
    cases: [
      {
        ...scene(ok(FAST, FIN), ok('data: x\n\n')),
        requests: 2,
        events: [message('x')],
        check: (play, context) => {
          const wrong = play.reports.find((report) => report.kind === 'open' && (readyStateOf(report) ?? 1) !== 1);
          if (wrong) return `readyState is ${readyStateOf(wrong)} at open`;
          return tells('open', 'error', 'open', 'event')(play, context);
        },
      },
    ],
  }),
  sceneRule('lifecycle/open-precedes-messages', 'CL-11', {
    title: 'Open comes before events',
    statement: 'Open is told before the first event of its connection, and not again within it.',
    spec: announce,
    needs: ['open-event'],
    cases: [
      {
        ...scene(ok(`${FAST}data: 1\n\ndata: 2\n\n`, FIN), ok('data: 3\n\n')),
        requests: 2,
        events: [message('1'), message('2'), message('3')],
        check: ({ reports }) => {
          const told = reports.map(({ kind }) => kind).filter((kind) => kind === 'open' || kind === 'event');
          const third = told.lastIndexOf('event');
          const opens = told.filter((kind) => kind === 'open').length;
          if (opens !== 2) return `open was told ${opens} times in two connections`;
          if (told[0] !== 'open' || told.lastIndexOf('open') > third) return `the client told ${told.join(', ')}`;
          return undefined;
        },
      },
    ],
  }),
  sceneRule('lifecycle/error-while-reconnecting', 'CL-13', {
    title: 'One error for an end',
    statement: 'An end of the stream is told as one error, with readyState CONNECTING (0), before the next request.',
    spec: reestablish,
    needs: ['error-event', 'ready-state'],
    cases: [
      {
        ...scene(ok('retry: 500\n\ndata: x\n\n', FIN)),
        requests: 2,
        check: ({ errors, asked: [, second] }) => {
          const [first] = errors;
          if (errors.length > 1) return `${errors.length} errors were told`;
          if (!first || !second) return { message: 'no error was told', boundMs: 500, tookMs: 501 };
          const state = readyStateOf(first);
          if (state !== undefined && state !== 0) return `readyState is ${state} at the error, not 0`;
          const tookMs = Math.round(first.atMs - second.atMs);
          if (tookMs <= 0) return undefined;
          return {
            message: `the error was told ${tookMs} ms after the next request`,
            boundMs: 500,
            tookMs: 500 + tookMs,
          };
        },
      },
    ],
  }),
  sceneRule('lifecycle/error-when-failed', 'CL-14', {
    title: 'One error for a failure',
    statement: 'A fatal response is told as one error, with readyState CLOSED (2) already set, and nothing after it.',
    spec: failTheConnection,
    needs: ['error-event', 'ready-state'],
    cases: fatal.map(([label, script]) => ({
      label,
      ...scene(script),
      act: (play) => untilTold(play, 'error'),
      watchMs: 1500,
      check: (play, context) => {
        const wrong = tells('error')(play, context);
        if (wrong !== undefined) return wrong;
        const state = play.errors[0] && readyStateOf(play.errors[0]);
        return state === undefined || state === 2 ? undefined : `readyState is ${state} at the error, not 2`;
      },
    })),
  }),
  sceneRule('lifecycle/error-is-reported', 'CL-15', {
    title: 'Failures are told',
    statement: 'A client of any shape tells its caller that a request failed.',
    spec: [html('sse-processing-model')],
    needs: ['error-event'],
    cases: [...fatal.slice(0, 1), ['a reset', verbatim(RST)] as const].map(([label, script]) => ({
      label,
      ...scene(script),
      act: (play) => untilTold(play, 'error'),
      watchMs: 0,
      check: ({ errors }) =>
        errors.length > 0 ? undefined : { message: 'nothing was told', boundMs: 5000, tookMs: 5001 },
    })),
  }),
  sceneRule('lifecycle/throwing-listener', 'CL-20', {
    title: 'A listener that throws',
    statement: 'A listener that throws costs neither the connection nor any event, and repeats none.',
    spec: dispatch,
    needs: ['listener-throws'],
    cases: [
      {
        ...scene(ok(`${FAST}data: 1\n\ndata: 2\n\n`, 'data: 3\n\n')),
        intervene: { at: 'event', nth: 1, what: 'throw' },
        events: [message('1'), message('2'), message('3')],
        noMore: true,
      },
    ],
  }),
  sceneRule('lifecycle/state-follows-the-connection', 'CL-22', {
    title: 'readyState follows the connection',
    statement:
      'readyState is CONNECTING before the response, OPEN after it, CONNECTING while waiting, CLOSED at the end.',
    spec: theInterface,
    needs: ['ready-state'],
    cases: [
      {
        ...scene(ok('data: 1\n\n', 1000, 'retry: 3000\n\n', FIN)),
        act: async (play) => {
          await untilTold(play, 'event');
          const open = await reads(play, 1, 'while the stream is open');
          await play.until(() => play.asked[0]?.playedAtMs !== undefined, 5000);
          const waiting = await reads(play, 0, 'while the client waits to ask again');
          play.close();
          return open ?? waiting ?? (await reads(play, 2, 'after close()'));
        },
        watchMs: 0,
      },
    ],
  }),
];
