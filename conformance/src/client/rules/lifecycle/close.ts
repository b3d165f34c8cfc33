import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message } from '../../expected.ts';
import { scene, sceneRule } from '../../scene-rule.ts';
import { FAST, FIN, ok } from '../../script.ts';

const dispatch = [html('dispatchMessage')] as const;
const reestablish = [html('reestablish-the-connection')] as const;
const theMethod = [html('dom-eventsource-close')] as const;

export const closing: readonly ClientRule[] = [
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
];
