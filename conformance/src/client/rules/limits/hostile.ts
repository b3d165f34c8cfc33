import { html } from '../../../spec.ts';
import { valuesOf } from '../../access/request-reader.ts';
import type { ClientRule } from '../../client-rule.ts';
import { message, named } from '../../expected.ts';
import { scene, sceneRule } from '../../scene-rule.ts';
import { FAST, FIN, ok } from '../../script.ts';
import { streamRule } from '../../stream-rule.ts';

const header = [html('the-last-event-id-header')] as const;

const quoted = (id: string): string => JSON.stringify(id).slice(1, -1);

export const hostile: readonly ClientRule[] = [
  sceneRule('limits/id-that-no-header-can-hold', 'CS-22', {
    title: 'IDs that no header can hold',
    statement: 'An ID with characters that HTTP refuses does not end reconnection: it is sent, or left away.',
    spec: header,
    isAboutAskingAgain: true,
    cases: ['a\x01b', 'a\x7Fb', 'a\tb'].map((id) => ({
      label: `the ID ${quoted(id)}`,
      ...scene(ok(`${FAST}id: ${id}\ndata: x\n\n`, FIN)),
      requests: 2,
      watchMs: 0,
    })),
  }),
  sceneRule('limits/no-header-injection', 'CS-23', {
    title: 'No ID adds a header',
    statement: 'No ID can add a header line to the next request.',
    spec: header,
    // The low bytes of these characters are CR and LF.
    cases: ['x\u560D\u560AX-Injected: 1', 'x\u010D\u010AX-Injected: 1'].map((id) => ({
      label: `the ID ${quoted(id)}`,
      ...scene(ok(`${FAST}id: ${id}\ndata: a\n\n`, FIN)),
      // A client that cannot send it and stops breaks another rule.
      requests: 1,
      watchMs: 700,
      check: ({ asked }) =>
        asked.some((request) => valuesOf(request, 'x-injected').length > 0)
          ? 'the next request has a header field that the server made up'
          : undefined,
    })),
  }),
  sceneRule('limits/long-id', 'CS-24', {
    level: 'SHOULD',
    title: 'An ID of 64 kB',
    statement: 'An ID of 64 kB, which servers refuse to read in a header, is sent or reported as a failure.',
    spec: header,
    unless: 'no-reconnect',
    cases: [
      {
        ...scene(ok(`${FAST}id: ${'y'.repeat(65_536)}\n\n`, FIN)),
        act: async (play) => {
          const goesOn = (): boolean => play.asked.length > 1 || play.errors.length > 1;
          if (await play.until(goesOn, 5000)) return undefined;
          return { message: 'neither a request nor a failure followed', boundMs: 5000, tookMs: 5001 };
        },
        watchMs: 0,
      },
    ],
  }),
  streamRule('limits/names-of-object-members', 'CS-25', {
    title: 'Names of object members',
    statement: 'Types and field names such as `__proto__` change no object.',
    spec: [html('processField')],
    cases: [
      [
        '__proto__: x\nconstructor: y\ntoString\nevent: __proto__\ndata: 1\n\nevent: hasOwnProperty\ndata: 2\n\ndata: 3\n\n',
        named('__proto__', '1'),
        named('hasOwnProperty', '2'),
        message('3'),
      ],
    ],
  }),
  sceneRule('limits/random-bytes', 'CS-27', {
    title: 'Random bytes',
    statement: 'Random bytes neither crash a client nor stop it.',
    spec: [html('event-stream-interpretation')],
    cases: ({ random }) =>
      Array.from({ length: 4 }, (_, nth) => {
        const noise = Buffer.from(Uint8Array.from({ length: 200_000 }, () => Math.floor(random.next() * 256)));
        return {
          label: `noise ${nth + 1}`,
          ...scene(ok(noise, '\n\n', 'data: ok\n\n')),
          act: async (play) => {
            const ok = (): boolean => play.events.at(-1)?.data === 'ok';
            if (await play.until(ok, 5000)) return undefined;
            return { message: 'the event behind it did not come', boundMs: 5000, tookMs: 5001 };
          },
          watchMs: 0,
        };
      }),
  }),
];
