import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import { scene, sceneRule } from '../../scene-rule.ts';
import { FAST, FIN, ok } from '../../script.ts';
import * as scripts from '../../scripts/events.ts';

const dispatch = [html('dispatchMessage')] as const;
const theInterface = [html('the-eventsource-interface')] as const;
const needs = ['event-source-interface'] as const;

const step = 'event: step\ndata: step\n\n';

export const eventObjects: readonly ClientRule[] = [
  sceneRule('lifecycle/message-event', 'CL-12', {
    title: 'A message as an object',
    statement:
      'A message has string data, lastEventId, origin and type; it does not bubble, cannot be cancelled, and has a timeStamp. In a page it is trusted.',
    spec: dispatch,
    needs,
    cases: ({ capabilities }) => [
      {
        ...scene(ok('id: 1\ndata: x\n\n')),
        script: scripts.looksAtMessage,
        notes: (url) => ({
          'its interface': 'MessageEvent',
          'type, data and lastEventId': ['message', 'x', '1'],
          origin: new URL(url).origin,
          'it bubbles, it can be cancelled': [false, false],
          'timeStamp is a number above 0': true,
          // A script cannot make a trusted event, so that no library can.
          ...(capabilities.has('browser') ? { isTrusted: true } : {}),
        }),
        watchMs: 0,
      },
    ],
  }),
  sceneRule('lifecycle/handler-attributes', 'CL-16', {
    title: 'Handlers and listeners',
    statement:
      '`onopen`, `onmessage`, `onerror` run beside listeners; each can be replaced and set to null, and a value that is no function or object reads as null.',
    spec: theInterface,
    needs,
    cases: [
      {
        label: 'a handler that changes',
        ...scene(ok([1, 2, 3, 4, 5].map((data) => `data: ${data}\n\n${step}`).join(''))),
        script: scripts.changesHandlers,
        notes: {
          'messages of the listener': ['1', '2', '3', '4', '5'],
          'messages of the first handler': ['1', '5'],
          'messages of the second handler': ['2'],
          'onmessage once it was set to null': null,
          'onmessage once it was set to a string': null,
          'onmessage reads what it was set to': true,
        },
      },
      {
        label: 'two connections',
        ...scene(ok(`${FAST}data: x\n\n`, FIN)),
        requests: 2,
        script: scripts.countsHandlers,
        notes: {
          'calls of onopen': 2,
          'calls of a listener for open': 2,
          'calls of onerror': 1,
          'calls of a listener for error': 1,
        },
      },
    ],
  }),
  sceneRule('lifecycle/onmessage-is-for-message', 'CL-17', {
    title: '`onmessage` is for messages',
    statement: '`onmessage` runs for the type `message`, named or not, and for no other.',
    spec: dispatch,
    needs,
    cases: [
      {
        ...scene(ok('event: foo\ndata: 1\n\nevent: message\ndata: 2\n\ndata: 3\n\n')),
        script: scripts.handlesMessages,
        notes: { 'what onmessage got': ['2', '3'] },
      },
    ],
  }),
  sceneRule('lifecycle/listeners-can-leave', 'CL-18', {
    title: 'Listeners can leave',
    statement: 'A listener that was removed is not called again; `once` and `signal` do what they say.',
    spec: theInterface,
    needs,
    cases: [
      {
        ...scene(ok(`data: 1\n\n${step}data: 2\n\n`)),
        script: scripts.removesListeners,
        notes: {
          'one that stayed': ['1', '2'],
          'one that was removed': ['1'],
          'one with once': ['1'],
          'one with a signal': ['1'],
        },
      },
    ],
  }),
  sceneRule('lifecycle/event-target', 'CL-19', {
    title: 'Events know whose they are',
    statement: '`target` of open, message and error is the object.',
    spec: theInterface,
    needs,
    cases: [
      {
        ...scene(ok(`${FAST}data: x\n\n`, FIN)),
        script: scripts.looksAtTargets,
        notes: Object.fromEntries(
          ['open', 'message', 'error'].flatMap((type) => [
            [`target of ${type}`, true],
            [`currentTarget of ${type}`, true],
          ]),
        ),
        watchMs: 0,
      },
    ],
  }),
];
