import type { ClientDefect } from './judge-client.ts';
import { type ClientBehaviour, literally, type StreamState } from './literal-behaviour.ts';

type Process = ClientBehaviour['process'];

const values = (change: (value: string, name: string) => string): Pick<ClientBehaviour, 'split'> => ({
  split: (line) => {
    const field = literally.split(line);
    return field && [field[0], change(field[1], field[0])];
  },
});
const names = (change: (name: string) => string): Pick<ClientBehaviour, 'split'> => ({
  split: (line) => {
    const field = literally.split(line);
    return field && [change(field[0]), field[1]];
  },
});
/** Fields of one name processed otherwise. */
const processing = (wanted: string, otherwise: (value: string, state: StreamState) => void): { process: Process } => ({
  process: (name, value, state) => {
    if (name === wanted) otherwise(value, state);
    else literally.process(name, value, state);
  },
});

const commentsAsData = (line: string): string => line.slice(1);

export const fieldsAndEvents: readonly ClientDefect[] = [
  {
    name: 'takes a long comment for data',
    behaviour: {
      split: (line) =>
        line.startsWith(':') && line.length > 1024 ? ['data', commentsAsData(line)] : literally.split(line),
    },
    breaks: 'parse/comments-are-ignored',
  },
  {
    name: 'forgets the type at a comment',
    behaviour: {
      split: (line) => (line.startsWith(':') ? ['event', ''] : literally.split(line)),
    },
    breaks: 'parse/comment-keeps-buffers',
    alsoBreaks: /^parse\/comments-are-reported/,
  },
  {
    name: 'delivers an event for a comment by itself',
    behaviour: {
      split: (line) => (line === ':nothing to see here' ? ['data', ''] : literally.split(line)),
    },
    breaks: 'parse/comment-blocks-are-silent',
  },
  {
    name: 'tells comments with the colon',
    behaviour: { comment: (line) => line },
    breaks: 'parse/comments-are-reported',
  },
  {
    name: 'trims values at the start',
    behaviour: values((value) => value.replace(/^ +/, '')),
    breaks: 'parse/one-leading-space',
    alsoBreaks: /^parse\/(names-compare|id-is-verbatim|generated|first-colon)/,
  },
  {
    name: 'takes the character after the colon for a space',
    behaviour: {
      split: (line) => {
        const colon = line.indexOf(':');
        return colon === 0 ? undefined : colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 2)];
      },
    },
    breaks: 'parse/no-leading-space',
    alsoBreaks: /^parse\//,
  },
  {
    name: 'takes any blank for a space',
    behaviour: values((value) => value.replace(/^[\t\u00a0\u3000]/, '')),
    breaks: 'parse/only-u-0020-is-a-space',
  },
  {
    name: 'trims values at the end',
    behaviour: values((value) => value.trimEnd()),
    breaks: 'parse/trailing-blanks',
    alsoBreaks: /^parse\/id-is-verbatim/,
  },
  {
    name: 'ignores a line without a colon',
    behaviour: { split: (line) => (line.includes(':') ? literally.split(line) : ['', '']) },
    breaks: 'parse/name-without-colon',
    alsoBreaks: /^parse\//,
  },
  {
    name: 'cuts at the last colon',
    behaviour: {
      split: (line) => {
        const colon = line.lastIndexOf(':');
        return colon > 0 ? [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')] : literally.split(line);
      },
    },
    breaks: 'parse/first-colon-splits',
    alsoBreaks: /^parse\//,
  },
  {
    name: 'takes `Data` for `data`',
    behaviour: names((name) => (name === 'Data' ? 'data' : name)),
    breaks: 'parse/names-compare-literally',
    alsoBreaks: /^parse\/generated/,
  },
  {
    name: 'trims names',
    behaviour: names((name) => name.trim()),
    breaks: 'parse/blanks-in-names',
    alsoBreaks: /^parse\/(names-compare|unknown-fields|generated)/,
  },
  {
    name: 'takes `ID` for `id`',
    behaviour: names((name) => (name === 'ID' ? 'id' : name)),
    breaks: 'parse/case-of-other-names',
  },
  {
    name: 'drops a block with a field that it does not know',
    behaviour: {
      process: (name, value, state) => {
        literally.process(name, value, state);
        if (name === 'foobar') state.data = '';
      },
    },
    breaks: 'parse/unknown-fields',
  },
  {
    name: 'wants the type before the data',
    behaviour: processing('event', (value, state) => {
      if (state.data === '') state.type = value;
    }),
    breaks: 'parse/field-order',
    alsoBreaks: /^parse\/generated/,
  },
  {
    name: 'delivers JSON as it comes',
    behaviour: { split: (line) => (line.startsWith('{') ? ['data', line] : literally.split(line)) },
    breaks: 'parse/body-that-is-not-a-stream',
  },
  {
    name: 'joins data without LF',
    behaviour: processing('data', (value, state) => {
      state.data = `${state.data.slice(0, -1)}${value}\n`;
    }),
    breaks: 'parse/data-lines-join',
    alsoBreaks: /^parse\//,
  },
  {
    name: 'drops an empty data line at the start',
    behaviour: processing('data', (value, state) => {
      state.data = state.data === '\n' ? `${value}\n` : `${state.data}${value}\n`;
    }),
    breaks: 'parse/empty-data-lines',
    alsoBreaks: /^parse\/(name-without|generated)/,
  },
  {
    name: 'drops events without text',
    behaviour: { deliver: (event, report) => (event.data === '' ? undefined : report(event)) },
    breaks: 'parse/empty-data-dispatches',
    alsoBreaks: /^parse\/(name-|bom-is|generated)/,
  },
  {
    name: 'delivers an event for an id by itself',
    behaviour: {
      dispatch: (state) => {
        const isNew = state.idBuffer !== state.lastEventId;
        const event = literally.dispatch(state);
        return event ?? (isNew ? { type: 'message', data: '', id: state.lastEventId } : undefined);
      },
    },
    breaks: 'parse/no-data-no-event',
    alsoBreaks: /^parse\/(id-without|generated)/,
  },
  {
    name: 'keeps the type for the next event',
    behaviour: {
      dispatch: (state) => {
        const { type } = state;
        const event = literally.dispatch(state);
        state.type = type;
        return event;
      },
    },
    breaks: 'parse/event-names-the-type',
    alsoBreaks: /^parse\//,
  },
  {
    name: 'calls an event without a type "data"',
    behaviour: {
      dispatch: (state) => {
        const named = state.type !== '';
        const event = literally.dispatch(state);
        return event && !named && event.data === 'Hello' ? { ...event, type: 'data' } : event;
      },
    },
    breaks: 'parse/default-type-is-message',
    alsoBreaks: /^parse\//,
  },
  {
    name: 'takes an empty type for one',
    behaviour: processing('event', (value, state) => {
      state.type = value || ' ';
    }),
    breaks: 'parse/empty-type-is-message',
    alsoBreaks: /^parse\/(last-event-field|generated)/,
  },
  {
    name: 'skips an empty type',
    behaviour: processing('event', (value, state) => {
      state.type = value || state.type;
    }),
    breaks: 'parse/last-event-field-wins',
    alsoBreaks: /^parse\/generated/,
  },
  {
    name: 'keeps the type where no event came',
    behaviour: {
      dispatch: (state) => {
        const { type, data } = state;
        const event = literally.dispatch(state);
        if (data === '') state.type = type;
        return event;
      },
    },
    breaks: 'parse/type-is-forgotten-at-the-empty-line',
    alsoBreaks: /^parse\/(no-data|generated)/,
  },
  {
    name: 'keeps events named open for itself',
    behaviour: { deliver: (event, report) => (event.type === 'open' ? undefined : report(event)) },
    breaks: 'parse/types-error-and-open',
  },
  {
    name: 'looks types up in an object',
    behaviour: { deliver: (event, report) => (event.type in {} ? undefined : report(event)) },
    breaks: 'parse/any-string-is-a-type',
  },
  {
    name: 'tells no id',
    behaviour: { deliver: (event, report) => report({ ...event, id: '' }) },
    breaks: 'parse/id-is-reported',
    alsoBreaks: /^parse\//,
  },
  {
    name: 'tells the id of the block',
    behaviour: {
      dispatch: (state) => {
        const event = literally.dispatch(state);
        state.idBuffer = '';
        return event;
      },
    },
    breaks: 'parse/id-persists',
    alsoBreaks: /^(parse|reconnect|http)\//,
  },
  {
    name: 'keeps the first id',
    behaviour: processing('id', (value, state) => {
      state.idBuffer ||= value;
    }),
    breaks: 'parse/id-changes',
    alsoBreaks: /^(parse|reconnect|http)\//,
  },
  {
    name: 'skips an empty id',
    behaviour: processing('id', (value, state) => {
      state.idBuffer = value || state.idBuffer;
    }),
    breaks: 'parse/empty-id-resets',
    alsoBreaks: /^(parse\/(last-id|generated)|reconnect\/)/,
  },
  {
    name: 'takes an id with NUL',
    behaviour: processing('id', (value, state) => {
      state.idBuffer = value;
    }),
    breaks: 'parse/id-with-null-is-ignored',
    alsoBreaks: /^(parse\/(ignored-id|generated)|reconnect\/)/,
  },
  {
    name: 'forgets the id at one with NUL',
    behaviour: processing('id', (value, state) => {
      state.idBuffer = value.includes('\0') ? '' : value;
    }),
    breaks: 'parse/ignored-id-keeps-the-old',
    alsoBreaks: /^(parse\/generated|reconnect\/)/,
  },
  {
    name: 'takes the id only with data',
    behaviour: {
      dispatch: (state) => {
        if (state.data === '') state.idBuffer = state.lastEventId;
        return literally.dispatch(state);
      },
    },
    breaks: 'parse/id-without-data',
    alsoBreaks: /^(parse\/(no-data|generated)|reconnect\/)/,
  },
  {
    name: 'takes the first id of a block',
    behaviour: processing('id', (value, state) => {
      if (state.idBuffer === state.lastEventId) state.idBuffer = value;
    }),
    breaks: 'parse/last-id-wins',
    alsoBreaks: /^(parse\/generated|reconnect\/)/,
  },
  {
    name: 'trims ids',
    behaviour: processing('id', (value, state) => literally.process('id', value.trim(), state)),
    breaks: 'parse/id-is-verbatim',
    alsoBreaks: /^parse\/generated/,
  },
  {
    name: 'ends a block at retry',
    behaviour: {
      process: (name, value, state) => {
        if (name === 'retry') state.data = '';
        literally.process(name, value, state);
      },
    },
    breaks: 'parse/retry-is-not-data',
    alsoBreaks: /^parse\/generated/,
  },
  {
    name: 'delivers what is unfinished at the end',
    behaviour: { finish: literally.dispatch },
    breaks: 'parse/unfinished-event-is-dropped',
    alsoBreaks: /^(parse\/(cr-then|unfinished)|reconnect\/)/,
  },
  {
    name: 'delivers a mark as an event',
    behaviour: {
      decoder: () => {
        const decode = literally.decoder();
        return (chunk) => (chunk.length === 3 && chunk[0] === 0xef ? 'data\n\n' : decode(chunk));
      },
    },
    breaks: 'parse/bom-only-body',
    alsoBreaks: /^parse\//,
  },
];
