import type { ClientDefect } from './judge-client.ts';
import { type ClientBehaviour, literally, type StreamState } from './literal-behaviour.ts';

const retry = (read: (value: string) => number | undefined): Pick<ClientBehaviour, 'process'> => ({
  process: (name, value, state) => {
    if (name !== 'retry') literally.process(name, value, state);
    else state.reconnectionTimeMs = read(value) ?? state.reconnectionTimeMs;
  },
});
const sends = (id: (lastEventId: string, nth: number) => string): Pick<ClientBehaviour, 'fields'> => ({
  fields: (options, lastEventId, nth, redirects) => literally.fields(options, id(lastEventId, nth), nth, redirects),
});
const beginsWith = (begin: (state: StreamState) => void): Pick<ClientBehaviour, 'begin'> => ({ begin });
const others = /^(http|reconnect|parse)\//;

/** What a buggy client keeps from one body for the next one. */
const keepsAcross = (): Pick<ClientBehaviour, 'liner'> => {
  let rest = '';
  return {
    liner: () => {
      const lines = literally.liner();
      let body = rest;
      rest = '';
      return (text) => {
        if (text === undefined) {
          rest = body.split(/[\r\n]/).at(-1) ?? '';
          return [];
        }
        const complete = lines(body.length > 0 && !/[\r\n]/.test(body) ? body + text : text);
        body += text;
        return complete;
      };
    },
  };
};
const keepsCr = (): Pick<ClientBehaviour, 'liner'> => {
  let endedWithCr = false;
  return {
    liner: () => {
      const lines = literally.liner();
      let isFirst = true;
      return (text) => {
        if (text === undefined) return [];
        const swallows = isFirst && endedWithCr && text.startsWith('\n');
        isFirst = false;
        endedWithCr = text.endsWith('\r');
        // Two LF where one is the other's: the block that follows is lost with it.
        return swallows ? lines(`data: swallowed${text}`) : lines(text);
      };
    },
  };
};

export const reconnectionDefects: readonly ClientDefect[] = [
  {
    name: 'takes a clean end for final',
    behaviour: { asksAgain: (ending) => ending !== 'end' },
    breaks: 'reconnect/after-end-of-stream',
    alsoBreaks: others,
  },
  {
    name: 'takes a cut for final',
    behaviour: { asksAgain: (ending) => ending !== 'cut' },
    breaks: 'reconnect/after-reset',
    alsoBreaks: others,
  },
  {
    name: 'takes a truncated body for final',
    behaviour: { asksAgain: (ending) => ending !== 'cut' },
    breaks: 'reconnect/after-truncation',
    alsoBreaks: others,
  },
  {
    name: 'gives up at its second end',
    behaviour: { asksAgain: (_, nth) => nth < 2 },
    breaks: 'reconnect/after-empty-body',
    alsoBreaks: others,
  },
  {
    name: 'takes a network error for final',
    behaviour: { asksAgain: (ending) => ending !== 'no response' },
    breaks: 'reconnect/after-network-error',
    alsoBreaks: others,
  },
  {
    name: 'gives up after four requests',
    behaviour: { asksAgain: (_, nth) => nth < 4 },
    breaks: 'reconnect/keeps-trying',
    alsoBreaks: others,
  },
  {
    name: 'gives up after ten requests',
    behaviour: { asksAgain: (_, nth) => nth < 10 },
    breaks: 'reconnect/goes-on-for-ever',
    alsoBreaks: others,
  },
  {
    name: 'asks as POST when it asks again',
    behaviour: { method: ({ method = 'GET' }, nth) => (nth > 1 && method === 'GET' ? 'POST' : method) },
    breaks: 'reconnect/same-request-again',
  },
  {
    name: 'tries again after a 404 on a reconnection',
    behaviour: { judge: (status, type) => (status === 404 ? 'again' : literally.judge(status, type)) },
    breaks: 'reconnect/not-after-a-fatal-response',
    alsoBreaks: others,
  },
  {
    name: 'keeps what is buffered',
    behaviour: beginsWith(() => undefined),
    breaks: 'reconnect/buffers-are-per-connection',
    alsoBreaks: others,
  },
  {
    name: 'keeps half a line',
    behaviour: keepsAcross(),
    breaks: 'reconnect/half-lines-are-per-connection',
    alsoBreaks: others,
  },
  {
    name: 'takes CR and LF of two connections for a pair',
    behaviour: keepsCr(),
    breaks: 'reconnect/cr-per-connection',
    alsoBreaks: others,
  },
  {
    name: 'comes back too early',
    behaviour: { waitMs: ({ reconnectionTimeMs }) => reconnectionTimeMs * 0.9 },
    breaks: 'reconnect/waits-the-reconnection-time',
    alsoBreaks: others,
  },
  {
    name: 'reads retry as octal',
    behaviour: retry((value) =>
      /^\d+$/.test(value) ? Number.parseInt(value, value.startsWith('0') ? 8 : 10) : undefined,
    ),
    breaks: 'reconnect/retry-is-decimal',
  },
  {
    name: 'reads the digits at the start of retry',
    behaviour: retry((value) => {
      const read = Number.parseInt(value, 10);
      return Number.isNaN(read) ? undefined : read;
    }),
    breaks: 'reconnect/bad-retry-is-ignored',
  },
  {
    name: 'takes retry at the empty line',
    behaviour: {
      process: (name, value, state) => {
        if (name === 'retry') state.type = `retry ${value}`;
        else literally.process(name, value, state);
      },
      dispatch: (state) => {
        const [, time] = /^retry (\d+)$/.exec(state.type) ?? [];
        if (time !== undefined) {
          state.reconnectionTimeMs = Number(time);
          state.type = '';
        }
        return literally.dispatch(state);
      },
    },
    breaks: 'reconnect/retry-counts-at-once',
    alsoBreaks: others,
  },
  {
    name: 'takes what is left at the end for a line',
    behaviour: {
      liner: () => {
        const lines = literally.liner();
        let rest = '';
        return (text) => {
          if (text === undefined) return rest.startsWith('retry') ? [rest] : [];
          rest = (rest + text).split(/[\r\n]/).at(-1) ?? '';
          return lines(text);
        };
      },
    },
    breaks: 'reconnect/unfinished-retry-is-dropped',
  },
  {
    name: 'keeps the shortest retry',
    behaviour: {
      process: (name, value, state) => {
        const before = state.reconnectionTimeMs;
        literally.process(name, value, state);
        if (name === 'retry') state.reconnectionTimeMs = Math.min(before, state.reconnectionTimeMs);
      },
    },
    breaks: 'reconnect/last-retry-wins',
    alsoBreaks: others,
  },
  {
    name: 'forgets retry at a new connection',
    behaviour: beginsWith((state) => {
      literally.begin(state);
      state.reconnectionTimeMs = 1000;
    }),
    breaks: 'reconnect/retry-persists',
    alsoBreaks: others,
  },
  {
    name: 'comes back at once',
    behaviour: { waitMs: ({ reconnectionTimeMs }) => (reconnectionTimeMs === 1000 ? 50 : reconnectionTimeMs) },
    breaks: 'reconnect/default-time',
  },
  { name: 'sends no ID', behaviour: sends(() => ''), breaks: 'reconnect/id-is-sent', alsoBreaks: others },
  {
    name: 'clears the ID at an event without one',
    behaviour: {
      dispatch: (state) => {
        const event = literally.dispatch(state);
        state.idBuffer = '';
        return event;
      },
    },
    breaks: 'reconnect/id-is-sent-after-events-without',
    alsoBreaks: others,
  },
  {
    name: 'clears the ID at a new connection',
    behaviour: beginsWith((state) => {
      literally.begin(state);
      state.idBuffer = '';
    }),
    breaks: 'reconnect/id-outlives-connections',
    alsoBreaks: others,
  },
  {
    name: 'sends the ID once',
    behaviour: sends((id, nth) => (nth > 2 ? '' : id)),
    breaks: 'reconnect/id-outlives-failures',
    alsoBreaks: others,
  },
  {
    name: 'skips an empty id',
    behaviour: {
      process: (name, value, state) => {
        if (name !== 'id' || value !== '') literally.process(name, value, state);
      },
    },
    breaks: 'reconnect/empty-id-is-not-sent',
    alsoBreaks: others,
  },
  {
    name: 'takes an id only with data',
    behaviour: {
      dispatch: (state) => {
        if (state.data === '') state.idBuffer = state.lastEventId;
        return literally.dispatch(state);
      },
    },
    breaks: 'reconnect/id-without-data-is-sent',
    alsoBreaks: others,
  },
  {
    name: 'takes an id at once',
    behaviour: {
      process: (name, value, state) => {
        literally.process(name, value, state);
        state.lastEventId = state.idBuffer;
      },
    },
    breaks: 'reconnect/undispatched-id-is-not-sent',
    alsoBreaks: others,
  },
  {
    name: 'ends an id at its NUL',
    behaviour: {
      process: (name, value, state) =>
        literally.process(name, name === 'id' ? value.replace(/\0.*/, '') : value, state),
    },
    breaks: 'reconnect/null-id-is-not-sent',
    alsoBreaks: others,
  },
  {
    name: 'sends IDs beyond ASCII as percent escapes',
    behaviour: sends((id) => id.replace(/[^\x20-\x7e]+/g, encodeURIComponent)),
    breaks: 'reconnect/id-is-utf-8-on-the-wire',
  },
  {
    name: "sends the caller's ID for ever",
    behaviour: {
      fields: (options, id, nth, redirects) => ({
        ...literally.fields(options, id, nth, redirects),
        ...(options.headers?.['last-event-id'] === undefined ? {} : { 'Last-Event-ID': '1' }),
      }),
    },
    breaks: 'reconnect/id-is-sent-once',
  },
  {
    name: 'strips a mark from the first body alone',
    behaviour: {
      decoder: (() => {
        let bodies = 0;
        return () => {
          const decode = literally.decoder();
          bodies += 1;
          const isFirst = bodies % 3 === 2;
          return (chunk: Uint8Array) => (isFirst ? Buffer.from(chunk).toString() : decode(chunk));
        };
      })(),
    },
    breaks: 'reconnect/bom-per-connection',
    alsoBreaks: others,
  },
];
