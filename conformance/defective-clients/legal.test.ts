import { describe, expect, test } from 'vitest';
import { clientRules } from '../src/client/index.ts';
import { judgeClient, redOf } from './judge-client.ts';
import { type ClientBehaviour, literally } from './literal-client.ts';

/** Clients that do something odd which the standard leaves open. */
const legal: readonly { readonly name: string; readonly behaviour: Partial<ClientBehaviour> }[] = [
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
    behaviour: { waitMs: ({ reconnectionTimeMs }) => reconnectionTimeMs * 1.15 },
  },
  {
    name: 'backs off, as it declares',
    behaviour: {
      capabilities: [...literally.capabilities, 'backoff'],
      waitMs: ({ reconnectionTimeMs }, failures) => reconnectionTimeMs * 2 ** failures,
    },
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
    name: 'sends header fields of its own',
    behaviour: {
      fields: (...of) => ({
        'X-Client': 'odd',
        ...literally.fields(...of),
      }),
    },
  },
];

describe('a client is accused of nothing that', () => {
  test.concurrent.each(legal)('$name', async ({ behaviour }) => {
    const results = await judgeClient(behaviour, clientRules);
    expect(redOf(results)).toEqual({});
    expect(results).toHaveLength(clientRules.length);
  });
});
