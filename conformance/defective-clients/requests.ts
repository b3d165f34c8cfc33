import type { ClientDefect } from './judge-client.ts';
import { type ClientBehaviour, literally } from './literal-behaviour.ts';

type Fields = ClientBehaviour['fields'];

const without =
  (...names: readonly string[]): Fields =>
  (...of) =>
    Object.fromEntries(Object.entries(literally.fields(...of)).filter(([name]) => !names.includes(name)));
const withField =
  (name: string, value: (lastEventId: string, nth: number) => string | undefined): Fields =>
  (options, lastEventId, nth) => {
    const own = value(lastEventId, nth);
    return { ...literally.fields(options, lastEventId, nth), ...(own === undefined ? {} : { [name]: own }) };
  };
const opens = (accepts: (status: number, type: string | undefined) => boolean): Pick<ClientBehaviour, 'judge'> => ({
  judge: (status, type) => (accepts(status, type) ? 'open' : literally.judge(status, type)),
});
const triesAgain = (tries: (status: number, type: string | undefined) => boolean): Pick<ClientBehaviour, 'judge'> => ({
  judge: (status, type) => (tries(status, type) ? 'again' : literally.judge(status, type)),
});
const refusesTypes = (refuses: (type: string) => boolean): Pick<ClientBehaviour, 'judge'> => ({
  judge: (status, type = '') => (refuses(type) ? 'fail' : literally.judge(status, type)),
});
const isStream = (type: string | undefined): boolean => type?.startsWith('text/event-stream') === true;

const anyRefusal = /^(http|reconnect)\//;

export const requestDefects: readonly ClientDefect[] = [
  {
    name: 'sends POST',
    behaviour: { method: () => 'POST' },
    breaks: 'http/get-without-body',
    alsoBreaks: /^http\/report/,
  },
  { name: 'accepts anything', behaviour: { fields: withField('Accept', () => '*/*') }, breaks: 'http/accept' },
  { name: 'lets caches answer', behaviour: { fields: without('Cache-Control') }, breaks: 'http/cache-control' },
  {
    name: 'asks whether what it has is still right',
    behaviour: { fields: withField('If-None-Match', (_, nth) => (nth > 1 ? '"1"' : undefined)) },
    breaks: 'http/never-from-a-cache',
    alsoBreaks: /^reconnect\/same-request/,
  },
  {
    name: 'sends an empty Last-Event-ID',
    behaviour: { fields: withField('Last-Event-ID', (id) => Buffer.from(id).toString('latin1')) },
    breaks: 'http/no-id-at-first',
    alsoBreaks: /^reconnect\/(empty-id|null-id)/,
  },
  {
    name: "forgets the caller's headers",
    behaviour: { fields: without('header-name-2') },
    breaks: 'http/caller-headers',
    alsoBreaks: /^http\/caller-headers-every/,
  },
  {
    name: "sends the caller's headers once",
    behaviour: {
      fields: ({ headers, ...options }, id, nth) =>
        literally.fields(nth === 1 && headers ? { ...options, headers } : options, id, nth),
    },
    breaks: 'http/caller-headers-every-time',
    alsoBreaks: /^reconnect\/same-request/,
  },
  {
    name: 'cuts header values into header fields',
    behaviour: {
      fields: ({ headers = {}, ...options }, ...more) => {
        const lines = Object.entries(headers).flatMap(([name, value]) => `${name}: ${value}`.split('\r\n'));
        const cut = lines.map((line) => line.split(': ') as [string, string]);
        return literally.fields({ ...options, headers: Object.fromEntries(cut) }, ...more);
      },
    },
    breaks: 'http/caller-headers-are-checked',
  },
  {
    name: 'knows GET alone',
    behaviour: { method: ({ method }) => (method === 'POST' ? 'GET' : (method ?? 'GET')) },
    breaks: 'http/post-with-body',
  },
  {
    name: 'sends REPORT as POST',
    behaviour: { method: ({ method = 'GET' }) => (method === 'REPORT' ? 'POST' : method) },
    breaks: 'http/report-with-body',
  },
  {
    name: 'keeps the initial ID to itself',
    behaviour: { fields: (options, id, nth) => literally.fields(options, nth === 1 ? '' : id, nth) },
    breaks: 'http/initial-id',
  },
  {
    name: 'sends the initial ID for ever',
    behaviour: { fields: (options, id, nth) => literally.fields(options, options.lastEventId ?? id, nth) },
    breaks: 'http/initial-id-counts-as-received',
  },
  { name: 'fails at 200', behaviour: { judge: () => 'fail' }, breaks: 'http/200-opens', alsoBreaks: /./ },
  {
    name: 'tries again after 204',
    behaviour: triesAgain((status) => status === 204),
    breaks: 'http/204-stops',
    alsoBreaks: anyRefusal,
  },
  {
    name: 'opens at any 2xx',
    behaviour: opens((status, type) => status >= 200 && status < 300 && isStream(type)),
    breaks: 'http/other-2xx-fail',
    alsoBreaks: anyRefusal,
  },
  {
    name: 'tries again after 429',
    behaviour: triesAgain((status) => status === 429),
    breaks: 'http/4xx-fail',
    alsoBreaks: anyRefusal,
  },
  {
    name: 'tries again after 503',
    behaviour: triesAgain((status) => status === 503),
    breaks: 'http/5xx-fail',
    alsoBreaks: anyRefusal,
  },
  {
    name: 'tries again after 304',
    behaviour: triesAgain((status) => status === 304),
    breaks: 'http/3xx-without-redirect',
    alsoBreaks: anyRefusal,
  },
  {
    name: 'reads whatever a 404 says',
    behaviour: opens((status) => status === 404),
    breaks: 'http/failed-body-is-not-parsed',
    alsoBreaks: anyRefusal,
  },
  {
    name: 'follows 301 and 307 alone',
    behaviour: {
      redirect: (status, ...of) => (status === 301 || status === 307 ? literally.redirect(status, ...of) : undefined),
    },
    breaks: 'http/redirects-are-followed',
    alsoBreaks: anyRefusal,
  },
  {
    name: 'wants a whole URL as Location',
    behaviour: {
      redirect: (status, location = '', from) =>
        /^http:/.test(location) ? literally.redirect(status, location, from) : undefined,
    },
    breaks: 'http/relative-location',
    alsoBreaks: anyRefusal,
  },
  {
    name: 'takes whatever a redirect leads to',
    behaviour: opens((status) => status === 404),
    breaks: 'http/final-response-is-judged',
    alsoBreaks: anyRefusal,
  },
  {
    name: 'follows redirects for ever',
    behaviour: { mostRedirects: Number.POSITIVE_INFINITY },
    breaks: 'http/redirect-loop-ends',
  },
  {
    name: 'wants the type alone',
    behaviour: refusesTypes((type) => type.endsWith(';')),
    breaks: 'http/type-with-parameters',
  },
  {
    name: 'compares the case of the type',
    behaviour: refusesTypes((type) => type.startsWith('TEXT')),
    breaks: 'http/type-case',
  },
  {
    name: 'refuses a charset that is not UTF-8',
    behaviour: refusesTypes((type) => /charset=(windows|utf-16)/.test(type)),
    breaks: 'http/foreign-charset',
    alsoBreaks: /^parse\/always-utf-8/,
  },
  {
    name: 'looks at the beginning of the type',
    behaviour: opens((status, type) => status === 200 && isStream(type)),
    breaks: 'http/wrong-type-fails',
  },
  {
    name: 'takes no type for the right one',
    behaviour: opens((status, type) => status === 200 && type === undefined),
    breaks: 'http/missing-type-fails',
  },
  {
    name: 'counts redirects up to ten',
    behaviour: {
      redirect: (status, location, from) => {
        if (/\?9$/.test(from)) throw new Error('too many');
        return literally.redirect(status, location, from);
      },
    },
    breaks: 'http/redirect-chain',
  },
  {
    name: 'tells late that it is open',
    behaviour: { openDelayMs: 1200 },
    breaks: 'http/open-at-the-headers',
    alsoBreaks: /^http\/200-opens/,
  },
  { name: 'holds on to what it refused', behaviour: { releases: false }, breaks: 'http/refused-response-is-released' },
  {
    name: 'takes an interim response for an error',
    behaviour: { passesInterim: (status) => status === 100 },
    breaks: 'http/interim-responses',
  },
  {
    name: 'takes a 100 that it did not ask for for an error',
    behaviour: { passesInterim: (status) => status !== 100 },
    breaks: 'http/continue-not-asked-for',
  },
  {
    name: 'forgets the ID at a redirect',
    behaviour: {
      fields: (options, id, nth, redirects = 0) => literally.fields(options, redirects > 0 ? '' : id, nth, redirects),
    },
    breaks: 'http/id-follows-redirects',
  },
  {
    name: 'opens whatever a redirect leads to',
    behaviour: {
      redirect: (...of) => {
        try {
          return literally.redirect(...of);
        } catch {
          return undefined;
        }
      },
      judge: (status, type) => (status === 302 ? 'open' : literally.judge(status, type)),
      finish: () => ({ type: 'message', data: 'x', id: '' }),
    },
    breaks: 'http/redirect-to-another-scheme',
    alsoBreaks: /./,
  },
  {
    name: 'reads no body with a length',
    behaviour: { reads: (headers) => headers['content-length'] === undefined },
    breaks: 'http/content-length',
    alsoBreaks: /^reconnect\/after-truncation/,
  },
  {
    name: 'reads no body up to the close',
    behaviour: { reads: (headers) => Boolean(headers['content-length'] ?? headers['transfer-encoding']) },
    breaks: 'http/close-delimited',
    alsoBreaks: /^http\/(interim|continue)/,
  },
  {
    name: 'reads no body over HTTP/2',
    // Over HTTP/1.1 the bodies have one or the other, or the connection ends with them.
    behaviour: {
      reads: (headers) => Object.keys(headers).some((name) => /^(content-length|transfer-|connection)/.test(name)),
    },
    breaks: 'http/http-2',
    alsoBreaks: /^http\/(interim|continue)/,
  },
  {
    name: 'reads no body with a trailer',
    behaviour: { reads: (headers) => headers.trailer === undefined },
    breaks: 'http/chunked-coding',
  },
];
