import type { ClientDefect } from './judge-client.ts';
import { literally } from './literal-behaviour.ts';

const { closing } = literally;
const keepsOn = { closing: { ...closing, stopsEvents: false, dropsConnection: false } };
const waitsOn = { closing: { ...closing, stopsWaiting: false } };
const others = /^lifecycle\//;

export const closingDefects: readonly ClientDefect[] = [
  {
    name: 'delivers what it has read already',
    behaviour: keepsOn,
    breaks: 'lifecycle/close-in-a-message-handler',
    alsoBreaks: others,
  },
  {
    name: 'reads on after close() at open',
    behaviour: keepsOn,
    breaks: 'lifecycle/close-in-an-open-handler',
    alsoBreaks: others,
  },
  {
    name: 'comes back after close() at an error',
    behaviour: waitsOn,
    breaks: 'lifecycle/close-in-an-error-handler',
    alsoBreaks: others,
  },
  { name: 'forgets its timer', behaviour: waitsOn, breaks: 'lifecycle/close-while-waiting', alsoBreaks: others },
  {
    name: 'leaves the connection open',
    behaviour: keepsOn,
    breaks: 'lifecycle/close-ends-the-connection',
    alsoBreaks: others,
  },
];
