import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import type { Noted } from '../../client-script.ts';
import { scene, sceneRule } from '../../scene-rule.ts';
import { answer, FIN, ok, verbatim } from '../../script.ts';
import * as scripts from '../../scripts/pages.ts';

const page = answer('200 OK', ['Content-Type: text/html'], '<!doctype html><title>page</title>', FIN);

export const pages: readonly ClientRule[] = [
  sceneRule('lifecycle/works-in-workers', 'CL-08', {
    title: 'Streams in workers',
    statement: 'In dedicated and in shared workers a stream opens, tells messages and closes as in a window.',
    spec: [html('the-eventsource-interface')],
    needs: ['browser'],
    cases: [
      {
        answers: () => ok('id: 1\ndata: x\n\n'),
        requests: 2,
        script: scripts.runsInWorkers,
        notes: (url) => ({
          ...inWorker('a dedicated worker', url),
          ...inWorker('a shared worker', url),
        }),
        check: ({ asked }) =>
          asked.every(({ leftAtMs }) => leftAtMs !== undefined)
            ? undefined
            : { message: 'a connection was still there after close() in a worker', boundMs: 300, tookMs: 301 },
      },
    ],
  }),
  sceneRule('lifecycle/realm-and-base-of-the-other-window', 'CL-09', {
    title: 'Streams of another window',
    statement: "Events of another window's EventSource are of that window, and URLs are resolved there.",
    spec: [html('dispatchMessage'), html('the-eventsource-interface')],
    needs: ['browser'],
    cases: [
      {
        below: { '/frame/page': [page], '/frame/stream': [ok('data: x\n\n')] },
        requests: 0,
        script: scripts.usesOtherWindow,
        notes: (url) => ({
          url: `${url}/frame/stream`,
          "open is an Event of the object's window": true,
          "a message is a MessageEvent of the object's window": true,
        }),
        watchMs: 0,
      },
    ],
  }),
  sceneRule('lifecycle/page-stop', 'CL-36', {
    title: 'A page that stops loading',
    statement: 'To stop the loading of a page aborts a request under way and fails the connection.',
    spec: [html('fail-the-connection')],
    needs: ['browser'],
    cases: [
      {
        ...scene(verbatim()),
        below: { '/page': [page] },
        script: scripts.stopsLoading,
        notes: { 'what was told, and readyState': ['error', 2] },
        noMore: true,
        watchMs: 1000,
      },
    ],
  }),
];

function inWorker(where: string, url: string): Readonly<Record<string, Noted>> {
  return {
    [`url, in ${where}`]: url,
    [`readyState at first, in ${where}`]: 0,
    [`readyState at open, in ${where}`]: 1,
    [`the message, in ${where}`]: ['x', '1', new URL(url).origin],
    [`readyState after close(), in ${where}`]: 2,
  };
}
