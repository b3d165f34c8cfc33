import type { ClientDefect } from './judge-client.ts';
import { type ClientBehaviour, literally } from './literal-behaviour.ts';

/** Lines that are treated before they are read. */
const lines = (treat: (line: string) => string | undefined): Pick<ClientBehaviour, 'liner'> => ({
  liner: () => {
    const own = literally.liner();
    return (text) => own(text).flatMap((line) => treat(line) ?? []);
  },
});
const cutAt = (length: number): Pick<ClientBehaviour, 'liner'> => lines((line) => line.slice(0, length));
const silence = (longestMs: number, whenOpen: boolean): Pick<ClientBehaviour, 'silenceMs'> => ({
  silenceMs: ({ readTimeoutMs }, isOpen) => readTimeoutMs ?? (isOpen === whenOpen ? longestMs : undefined),
});
const sendsId = (header: (lastEventId: string) => Record<string, string>): Pick<ClientBehaviour, 'fields'> => ({
  fields: (options, lastEventId, ...more) => ({
    ...literally.fields(options, '', ...more),
    ...(lastEventId === '' ? {} : header(lastEventId)),
  }),
});
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

/** Keeps only so many of the pieces of a line that has not ended. */
const forgetsPieces = (most: number): Pick<ClientBehaviour, 'liner'> => ({
  liner: () => {
    const own = literally.liner();
    let pieces = 0;
    return (text) => {
      pieces = text === undefined || /[\r\n]/.test(text) ? 0 : pieces + 1;
      return pieces > most ? [] : own(text);
    };
  },
});

const others = /^(parse|limits|reconnect|http|lifecycle)\//;

/** Lets time pass so many times faster. */
const hasty = 20;

export const limitDefects: readonly ClientDefect[] = [
  { name: 'cuts lines at 1 MiB', behaviour: cutAt(2 ** 20), breaks: 'limits/large-event', alsoBreaks: others },
  {
    name: 'cuts lines at 10 MB',
    behaviour: cutAt(10_000_000),
    breaks: 'limits/large-event-in-two-writes',
  },
  {
    name: 'keeps what its buffer held',
    behaviour: {
      liner: () => {
        const own = literally.liner();
        let slack = '';
        return (text) => {
          const got = own(text);
          if (text?.endsWith('data:')) slack = 'test';
          else if (slack !== '' && got.length > 0) {
            got[0] += slack;
            slack = '';
          }
          return got;
        };
      },
    },
    breaks: 'limits/buffer-bookkeeping',
    alsoBreaks: others,
  },
  {
    name: 'forgets the pieces of a line after the 500th',
    behaviour: forgetsPieces(500),
    breaks: 'limits/long-line-in-small-writes',
  },
  {
    name: 'keeps types and IDs of 64 kB',
    behaviour: lines((line) => (/^(id|event)/.test(line) ? line.slice(0, 65_536) : line)),
    breaks: 'limits/long-names-and-ids',
    alsoBreaks: others,
  },
  {
    name: 'delivers an empty event for a block with a type',
    behaviour: {
      dispatch: (state) => {
        const { type } = state;
        const event = literally.dispatch(state);
        return event ?? (type === '' ? undefined : { type: 'message', data: '', id: state.lastEventId });
      },
    },
    breaks: 'limits/blank-flood',
    alsoBreaks: others,
  },
  {
    name: 'wants a whole line within a second',
    behaviour: {
      ...silence(1000, true),
      isLife: (chunk) => chunk.includes(10) || chunk.includes(13),
    },
    breaks: 'limits/slow-drip',
    alsoBreaks: others,
  },
  {
    name: 'takes five seconds of silence for a lost connection',
    behaviour: silence(5000, true),
    breaks: 'limits/idle-thirty-seconds',
    alsoBreaks: others,
  },
  {
    name: 'takes five minutes of silence for a lost connection',
    behaviour: silence(300_000 / hasty, true),
    breaks: 'limits/idle-six-minutes',
    hasty,
  },
  {
    name: 'takes no comment for a sign of life',
    behaviour: { ...silence(300_000 / hasty, true), isLife: (chunk) => chunk[0] !== 58 },
    breaks: 'limits/comments-keep-it-alive',
    hasty,
  },
  {
    name: 'comes back for what is too large',
    behaviour: { failsAtLimit: false },
    breaks: 'limits/declared-limit-fails-cleanly',
  },
  {
    name: 'waits three seconds for the head',
    behaviour: silence(3000, false),
    breaks: 'limits/slow-head',
    alsoBreaks: others,
  },
  {
    name: 'lets its timer overflow',
    behaviour: { timerMs: (waitMs) => (waitMs > 2 ** 31 - 1 ? 1 : waitMs) },
    breaks: 'limits/huge-retry',
  },
  {
    name: 'comes back at once after a clean end',
    behaviour: { waitMs: ({ reconnectionTimeMs }) => (reconnectionTimeMs === 1000 ? 100 : reconnectionTimeMs) },
    breaks: 'limits/instant-end',
    alsoBreaks: others,
  },
  {
    name: 'stops at an ID that it cannot send',
    behaviour: sendsId((id) => ({ 'Last-Event-ID': utf8(id) })),
    breaks: 'limits/id-that-no-header-can-hold',
  },
  {
    name: 'writes IDs in the low bytes of their characters',
    behaviour: sendsId((id) => {
      const [value = '', ...injected] = Buffer.from(id, 'latin1').toString('latin1').split('\r\n');
      const added = injected.map((line) => line.split(': ') as [string, string]);
      return { 'Last-Event-ID': value.replace(/[^\x20-\xff]/g, ''), ...Object.fromEntries(added) };
    }),
    breaks: 'limits/no-header-injection',
    alsoBreaks: others,
  },
  {
    name: 'waits for ever with an ID that is too long',
    behaviour: {
      waitMs: ({ lastEventId, reconnectionTimeMs }) => (lastEventId.length > 60_000 ? 60_000 : reconnectionTimeMs),
    },
    breaks: 'limits/long-id',
    alsoBreaks: others,
  },
  {
    name: 'keeps events by type in an object',
    behaviour: {
      process: (name, value, state) => {
        const known: Record<string, unknown> = {};
        literally.process(name, name === 'event' && value in known ? '' : value, state);
      },
    },
    breaks: 'limits/names-of-object-members',
    alsoBreaks: others,
  },
  {
    name: 'stops at what is not UTF-8',
    behaviour: {
      decoder: () => {
        const decoder = new TextDecoder('utf-8', { fatal: true });
        let isBroken = false;
        return (chunk) => {
          try {
            return isBroken ? '' : decoder.decode(chunk, { stream: true });
          } catch {
            isBroken = true;
            return '';
          }
        };
      },
    },
    breaks: 'limits/random-bytes',
    alsoBreaks: others,
  },
];
