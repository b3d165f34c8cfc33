import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import type { ClientScript, ExpectedNotes } from '../../client-script.ts';
import { observation, type SceneCase, sceneRule } from '../../scene-rule.ts';
import * as scripts from '../../scripts/the-object.ts';

const theInterface = [html('the-eventsource-interface')] as const;
const needs = ['event-source-interface'] as const;

/** What does not depend on what the server says, or on whether it is asked. */
const offline = (script: ClientScript, notes: SceneCase['notes']): SceneCase => ({
  script,
  ...(notes ? { notes } : {}),
  requests: 0,
  watchMs: 0,
});

const states = { CONNECTING: 0, OPEN: 1, CLOSED: 2 };

const constants: ExpectedNotes = Object.fromEntries(
  ['the constructor', 'an object'].flatMap((where) =>
    Object.entries(states).flatMap(([name, value]) => [
      [`${name} of ${where}`, value],
      [`${name} of ${where} after 7 was assigned to it`, value],
    ]),
  ),
);

export const theObject: readonly ClientRule[] = [
  sceneRule('lifecycle/state-constants', 'CL-02', {
    title: 'Constants of the states',
    statement: 'CONNECTING, OPEN and CLOSED are 0, 1 and 2, on the constructor and on objects, and cannot be changed.',
    spec: theInterface,
    needs,
    cases: [offline(scripts.readsConstants, constants)],
  }),
  sceneRule('lifecycle/interface-shape', 'CL-03', {
    title: 'Shape of the interface',
    statement:
      'The object has the members, types and defaults of the standard; the constructor needs `new`, can be subclassed, and extended through its prototype.',
    spec: theInterface,
    needs,
    cases: [
      offline(scripts.readsShape, {
        members: ['url: string', 'withCredentials: boolean', 'readyState: number', 'close: function'],
        'handlers before one is set': [null, null, null],
        'it is an EventTarget': true,
        'url keeps its value when another is assigned': true,
        'withCredentials keeps its value when another is assigned': true,
        'readyState keeps its value when another is assigned': true,
        'a call without new': 'TypeError',
        'a subclass': [true, true, 'more', true],
        'a method added to the prototype': 'added',
      }),
    ],
  }),
  sceneRule('lifecycle/bad-url-throws', 'CL-04', {
    title: 'A URL that does not parse',
    statement: 'A URL that does not parse makes the constructor throw a DOMException named SyntaxError at once.',
    spec: theInterface,
    needs,
    cases: [offline(scripts.givesBadUrl, { 'what was thrown': 'SyntaxError', 'it is a DOMException': true })],
  }),
  sceneRule('lifecycle/url-is-resolved', 'CL-05', {
    title: '`url` is absolute',
    statement: '`url` is the absolute URL, serialised; a relative or empty one is resolved against the base URL.',
    spec: theInterface,
    needs,
    cases: ({ capabilities }) => [
      offline(scripts.readsUrl, (url) => ({
        'the url of an absolute URL': url,
        'the url of one with dots in its path': url,
      })),
      ...(capabilities.has('base-url')
        ? [
            offline(scripts.readsRelativeUrl, (url) => ({
              'the url of a relative URL': `${new URL(url).pathname}/below`,
              'an empty URL is that of the page': true,
            })),
          ]
        : []),
    ],
  }),
  observation('lifecycle/argument-is-stringified', 'CL-06', {
    title: 'Arguments that are no strings',
    statement:
      'Objects, numbers, null and undefined are turned into strings, as Web IDL asks; outside of pages it is open.',
    spec: theInterface,
    needs,
    cases: [{ script: scripts.givesNoString, requests: 0 }],
    tell: ([play]) => [...(play?.noted ?? [])].map(([what, became]) => `${what} ${became}`).join('; '),
  }),
  sceneRule('lifecycle/with-credentials-attribute', 'CL-07', {
    title: '`withCredentials` is told',
    statement: '`withCredentials` reflects the option, and is false by default.',
    spec: theInterface,
    needs,
    cases: [
      offline(scripts.readsWithCredentials, {
        'withCredentials without options, with none set, with false, with true': [false, false, false, true],
      }),
    ],
  }),
];
