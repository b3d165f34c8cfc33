import type { ClientDefect } from './judge-client.ts';
import { type ClientBehaviour, literally } from './literal-behaviour.ts';

type Liner = ReturnType<ClientBehaviour['liner']>;

/** The right lines, with each text seen before. */
const liner = (make: (lines: Liner) => Liner) => (): Liner => make(literally.liner());

export const cutsAndEnds: readonly ClientDefect[] = [
  {
    name: 'takes the rest of a body for a line',
    behaviour: {
      liner: () => {
        const lines = literally.liner();
        let rest = '';
        return (text) => {
          if (text === undefined) return rest === '' ? [] : [rest, ''];
          rest = (rest + text).split(/[\r\n]/).at(-1) ?? '';
          return lines(text);
        };
      },
    },
    breaks: 'parse/unfinished-line-is-dropped',
  },
  {
    name: 'takes an end after CR for an empty line',
    behaviour: {
      liner: liner((lines) => {
        let endsWithCr = false;
        return (text) => {
          if (text === undefined) return endsWithCr ? [''] : [];
          endsWithCr = text.endsWith('\r');
          return lines(text);
        };
      }),
    },
    breaks: 'parse/cr-then-end-of-body',
  },
  {
    name: 'delivers an event at the end of a body that had none',
    behaviour: {
      begin: (state) => {
        literally.begin(state);
        state.type = 'none yet';
      },
      dispatch: (state) => {
        if (state.type === 'none yet') state.type = '';
        return literally.dispatch(state);
      },
      finish: ({ type }) => (type === 'none yet' ? { type: 'message', data: '', id: '' } : undefined),
    },
    breaks: 'parse/body-without-events',
  },
  {
    name: 'loses the first byte of its eighth chunk',
    behaviour: {
      decoder: () => {
        const decode = literally.decoder();
        let chunks = 0;
        return (chunk) => {
          chunks += 1;
          return decode(chunks === 8 ? chunk.subarray(1) : chunk);
        };
      },
    },
    breaks: 'parse/byte-by-byte',
    alsoBreaks: /^parse\//,
  },
  {
    name: 'takes a name for complete at the end of a chunk',
    behaviour: {
      liner: liner((lines) => (text) => lines(text?.replace(/(^|\n)(da|data)$/, '$1$2\n'))),
    },
    breaks: 'parse/name-cut-between-writes',
    alsoBreaks: /^parse\//,
  },
  {
    name: 'forgets half a line at the end of a chunk',
    behaviour: {
      liner: () => {
        let lines = literally.liner();
        return (text) => {
          const complete = lines(text);
          if (text !== undefined && !text.endsWith('\r')) lines = literally.liner();
          return complete;
        };
      },
    },
    breaks: 'parse/every-cut',
    alsoBreaks: /^parse\//,
  },
  {
    name: 'delivers one event for each chunk',
    behaviour: {
      liner: liner((lines) => (text) => {
        const complete = lines(text);
        const end = complete.indexOf('');
        return end < 0 ? complete : complete.slice(0, end + 1);
      }),
    },
    breaks: 'parse/several-events-in-one-write',
    alsoBreaks: /^parse\//,
  },
  {
    name: 'loses every thousandth event',
    behaviour: {
      deliver: (event, report) => {
        if (!/^message \d*999$/.test(event.data)) report(event);
      },
    },
    breaks: 'parse/order-is-kept',
  },
  {
    name: 'delivers an event when the next one comes',
    behaviour: {
      deliver: (event, report) => {
        // One letter is all that the rule sends.
        if (event.data.length === 1) setTimeout(() => report(event), 650);
        else report(event);
      },
    },
    breaks: 'parse/prompt-dispatch',
    alsoBreaks: /^parse\//,
  },
  {
    name: 'forgets the data at an id that is not ASCII',
    behaviour: {
      process: (name, value, state) => {
        literally.process(name, value, state);
        if (name === 'id' && value === 'é😀') state.data = '';
      },
    },
    breaks: 'parse/generated-streams',
  },
];
