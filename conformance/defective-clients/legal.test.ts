import { describe, expect, test } from 'vitest';
import { expectNoneAccused } from '../defects/wrongly-accused.ts';
import { type ClientArea, clientAreas, clientRules } from '../src/client/index.ts';
import { backsOff, backsOffLess } from './backoffs.ts';
import { decodesGzip } from './encodings.ts';
import { iterationCapabilities, iterations } from './iterations.ts';
import { judgeClient, redOf } from './judge-client.ts';
import { type ClientBehaviour, literally } from './literal-behaviour.ts';
import { LiteralEventSource } from './literal-event-source.ts';

/** All areas but the first: for oddities that come with connections. */
const connections = clientAreas.filter((area) => area !== 'parse');

const exposesAll: Partial<ClientBehaviour> = {
  capabilities: [...literally.capabilities, 'event-source-interface', ...iterationCapabilities],
  exposes: { EventSource: LiteralEventSource, ...iterations },
};

/** Clients that do something odd which the standard leaves open. */
const legal: readonly {
  readonly name: string;
  readonly behaviour: Partial<ClientBehaviour>;
  /** Where its oddity can matter; default everywhere. */
  readonly areas?: readonly ClientArea[];
}[] = [
  { name: 'reads the standard literally', behaviour: {} },
  {
    name: 'delivers events a moment later',
    behaviour: {
      capabilities: literally.capabilities.filter((one) => one !== 'comments' && one !== 'close-in-handler'),
      deliver: (event, report) => void setTimeout(report, 25, event),
    },
  },
  {
    name: 'waits a little longer than it must',
    areas: connections,
    behaviour: { waitMs: ({ reconnectionTimeMs }) => reconnectionTimeMs * 1.15 },
  },
  {
    name: 'backs off, as it declares',
    areas: connections,
    behaviour: backsOff,
  },
  {
    name: 'backs off, as it declares, and by chance a little less',
    areas: ['reconnect'],
    behaviour: backsOffLess,
  },
  {
    name: 'tells of nothing but events, and of comments without their space',
    behaviour: { capabilities: ['comments'], comment: (line) => line.replace(/^: ?/, '') },
  },
  {
    name: 'tells the id of the block, as it declares',
    behaviour: {
      capabilities: [...literally.capabilities, 'event-id-only'],
      deliver: (event, report) => report({ ...event, id: '' }),
    },
  },
  {
    name: 'leaves an ID away that it would have to escape',
    areas: ['reconnect', 'limits'],
    behaviour: {
      fields: (options, id, ...more) => literally.fields(options, /[\x01-\x1f]/.test(id) ? '' : id, ...more),
    },
  },
  {
    name: 'has the interface of EventSource, is iterated, and is told to connect',
    areas: ['lifecycle'],
    behaviour: exposesAll,
  },
  {
    name: 'tells no readyState',
    areas: ['http', 'lifecycle'],
    behaviour: {
      capabilities: ['open-event', 'error-event', 'headers'],
      tell: (report, send) => send({ kind: report.kind } as typeof report),
    },
  },
  {
    name: 'never comes back, as it declares',
    areas: connections,
    behaviour: { capabilities: ['open-event', 'no-reconnect'], asksAgain: () => false },
  },
  {
    name: 'comes back after a server error, as it declares',
    areas: ['http', 'lifecycle'],
    behaviour: {
      capabilities: [...literally.capabilities, 'retries-server-errors'],
      judge: (status, type) => (status >= 500 ? 'again' : literally.judge(status, type)),
    },
  },
  {
    name: 'keeps a POST at 301 and 302, takes an empty Location for none, and tells neither url nor readyState',
    areas: ['http'],
    behaviour: {
      capabilities: ['open-event', 'error-event', 'headers', 'post', 'origin'],
      redirectedMethod: (status, method) => (status === 303 ? 'GET' : method),
      redirect: (status, location, from) => (location === '' ? undefined : literally.redirect(status, location, from)),
    },
  },
  {
    name: 'offers gzip, and takes what is not HTTP for final',
    areas: ['http'],
    behaviour: { ...decodesGzip, asksAgain: (ending) => ending !== 'no response' },
  },
  {
    name: 'sends header fields of its own',
    areas: connections,
    behaviour: {
      fields: (...of) => ({
        'X-Client': 'odd',
        ...literally.fields(...of),
      }),
    },
  },
];

describe('a client is accused of nothing that', () => {
  test.concurrent.each(legal)('$name', async ({ behaviour, areas = clientAreas }) => {
    const rules = clientRules.filter(({ id }) => areas.some((area) => id.startsWith(`${area}/`)));
    const results = await judgeClient(behaviour, rules);
    expectNoneAccused(redOf(results));
    expect(results).toHaveLength(rules.length);
  });
});
