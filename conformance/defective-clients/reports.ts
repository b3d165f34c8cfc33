import type { ClientReport } from '../src/client/index.ts';
import type { ClientDefect } from './judge-client.ts';
import { type ClientBehaviour, literally } from './literal-behaviour.ts';

const { closing } = literally;
const others = /^(lifecycle|http|reconnect)\//;

/** Tells something else in place of reports of one kind. */
const instead = (
  kind: ClientReport['kind'],
  tell: (report: ClientReport, send: (report: ClientReport) => void) => void,
): Pick<ClientBehaviour, 'tell'> => ({
  tell: (report, send) => (report.kind === kind ? tell(report, send) : send(report)),
});

export const reportDefects: readonly ClientDefect[] = [
  {
    name: 'is OPEN before it is',
    behaviour: { readyState: (state) => (state === 0 ? 1 : state) },
    breaks: 'lifecycle/starts-connecting',
    alsoBreaks: others,
  },
  {
    name: 'tells open while it is still CONNECTING',
    behaviour: instead('open', (_, send) => send({ kind: 'open', readyState: 0 })),
    breaks: 'lifecycle/open-event',
  },
  {
    name: 'tells open after the first event',
    behaviour: { openDelayMs: 60 },
    breaks: 'lifecycle/open-precedes-messages',
    alsoBreaks: others,
  },
  {
    name: 'is CLOSED while it waits to ask again',
    behaviour: instead('error', (_, send) => send({ kind: 'error', readyState: 2 })),
    breaks: 'lifecycle/error-while-reconnecting',
    alsoBreaks: others,
  },
  {
    name: 'tells a failure twice',
    behaviour: instead('error', (report, send) => {
      send(report);
      if (report.kind === 'error' && report.readyState === 2) send(report);
    }),
    breaks: 'lifecycle/error-when-failed',
    alsoBreaks: others,
  },
  {
    name: 'keeps failures to itself',
    behaviour: instead('error', () => undefined),
    breaks: 'lifecycle/error-is-reported',
    alsoBreaks: others,
  },
  {
    name: 'drops the connection when a listener throws',
    behaviour: { standsThrowing: false },
    breaks: 'lifecycle/throwing-listener',
  },
  {
    name: 'stays OPEN while it waits to ask again',
    behaviour: { readyState: (state) => (state === 0 ? 1 : state) },
    breaks: 'lifecycle/state-follows-the-connection',
    alsoBreaks: others,
  },
  {
    name: 'is never CLOSED',
    behaviour: { readyState: (state) => (state === 2 ? 1 : state) },
    breaks: 'lifecycle/close-is-immediate',
    alsoBreaks: others,
  },
  {
    name: 'tells an error when it is closed',
    behaviour: { closing: { ...closing, tells: true } },
    breaks: 'lifecycle/close-fires-nothing',
    alsoBreaks: others,
  },
  {
    name: 'lets a request run on',
    behaviour: { closing: { ...closing, dropsConnection: false } },
    breaks: 'lifecycle/close-while-connecting',
    alsoBreaks: others,
  },
  {
    name: 'tells an error when it is closed after a failure',
    behaviour: { closing: { ...closing, tells: true } },
    breaks: 'lifecycle/close-after-failure',
    alsoBreaks: others,
  },
  {
    name: 'forgets its timer when it is closed',
    behaviour: { closing: { ...closing, stopsWaiting: false } },
    breaks: 'lifecycle/no-reconnection-after-close',
    alsoBreaks: others,
  },
];
