import { systemClock } from '@ssert/protocol/system';
import { afterEach, describe, expect, test } from 'vitest';
import { plainTarget, shortBounds, type TargetChanges } from '../defects/judge-defect.ts';
import {
  type Behaviour,
  openPlainStream,
  type PlainServer,
  type PlainStream,
  startPlainServer,
} from '../defects/plain-server.ts';
import { arrivalsOf, Channel, carriedData, jsonReadings } from './channel.ts';
import type { RuleContext } from './context.ts';
import { efforts } from './effort.ts';
import { run } from './run.ts';
import { html } from './spec.ts';
import { pass } from './verdict.ts';

const servers: PlainServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** Runs a rule made of `act` against a plain server with this behaviour, and gives what `act` gives or its verdict. */
async function onChannel<T>(
  behaviour: Partial<Behaviour>,
  act: (context: RuleContext, server: PlainServer) => Promise<T>,
  target: TargetChanges = {},
): Promise<T | string> {
  const server = await startPlainServer(behaviour);
  servers.push(server);
  const results: (T | string)[] = [];
  const rule = {
    id: 'delivery/made-up',
    code: 'T-01',
    level: 'MUST',
    title: 'made up',
    statement: 'Made up.',
    spec: [html('authoring-notes')],
    access: ['publish'],
    phase: 'publishing',
    judge: async (context: RuleContext) => {
      results.push(await act(context, server));
      return pass('done');
    },
  } as const;
  const options = { rules: [rule], clock: systemClock, seed: 1, effort: efforts.quick };
  for await (const event of run(plainTarget(server.url, target), options)) {
    if (event.kind === 'result' && event.result.verdict !== 'pass') {
      results.push(`${event.result.verdict}: ${event.result.message}`);
    }
  }
  return results[0] ?? 'nothing';
}

const dataOf = (delivery: Awaited<ReturnType<Channel['send']>>): string[] => delivery.events.map(({ data }) => data);

async function sendOne(context: RuleContext): Promise<string[]> {
  return dataOf(await (await Channel.open(context)).send({ data: 'news' }));
}

/** A behaviour for the frames that carry this data. */
function forNews(deliver: Behaviour['deliver']): Partial<Behaviour> {
  return {
    deliver: (frame, stream, server) => {
      if (Buffer.from(frame).includes('data: news')) deliver(frame, stream, server);
      else server.behaviour.write(frame, stream);
    },
  };
}

describe('one publish', () => {
  test('gives the event that it became', async () => {
    expect(await onChannel({}, sendOne)).toEqual(['news']);
  });

  test('gives nothing where the event was lost', async () => {
    expect(
      await onChannel(
        forNews(() => undefined),
        sendOne,
      ),
    ).toEqual([]);
  });

  test('gives both where the event came twice', async () => {
    const twice = forNews((frame, stream, { behaviour }) => {
      behaviour.write(frame, stream);
      behaviour.write(frame, stream);
    });
    expect(await onChannel(twice, sendOne)).toEqual(['news', 'news']);
  });

  test('gives an event that came late, behind the next one', async () => {
    const late = forNews((frame, stream, { behaviour }) => {
      setTimeout(() => behaviour.write(frame, stream), 60);
    });
    expect(await onChannel(late, sendOne)).toEqual(['news']);
  });

  test('gives the event where the server always holds the last one back', async () => {
    const held = new WeakMap<PlainStream, Uint8Array>();
    const deliver: Behaviour['deliver'] = (frame, stream, { behaviour }) => {
      const before = held.get(stream);
      held.set(stream, frame);
      if (before) behaviour.write(before, stream);
    };
    const act = async (context: RuleContext) => ({
      heldBack: context.carriage.heldBack,
      data: await sendOne(context),
    });
    expect(await onChannel({ deliver }, act)).toEqual({ heldBack: true, data: ['news'] });
  });

  test('says how the server answered where it takes no event', async () => {
    const answer: Behaviour['answer'] = ({ path }) => (path === '/publish' ? { status: 404 } : undefined);
    expect(await onChannel({ answer }, sendOne)).toMatch(
      /^inconclusive: the first plain event was not published: http:\S+\/publish answered 404$/,
    );
  });

  test('tells that the server refused', async () => {
    const refuse: Behaviour['refuse'] = ({ data }) => (data === 'news' ? 'no news here' : undefined);
    const act = async (context: RuleContext) => (await (await Channel.open(context)).send({ data: 'news' })).outcome;
    expect(await onChannel({ refuse }, act)).toMatchObject({ kind: 'refused', reason: /no news here/ });
  });

  test('tells that the server ended the stream, and the next one opens another', async () => {
    const ending = forNews((_, { socket }) => socket.end('0\r\n\r\n'));
    const act = async (context: RuleContext) => {
      const channel = await Channel.open(context);
      const first = await channel.send({ data: 'news' });
      const second = await channel.send({ data: 'other' });
      return {
        ended: first.ended,
        first: dataOf(first),
        second: dataOf(second),
        same: first.exchange === second.exchange,
      };
    };
    expect(await onChannel(ending, act)).toEqual({ ended: true, first: [], second: ['other'], same: false });
  });

  test('goes on with another stream where the event made the first one deaf', async () => {
    const deaf = forNews((_, stream, { streams }) => void streams.delete(stream));
    const act = async (context: RuleContext) => {
      const channel = await Channel.open(context);
      return [dataOf(await channel.send({ data: 'news' })), dataOf(await channel.send({ data: 'other' }))];
    };
    expect(await onChannel(deaf, act)).toEqual([[], ['other']]);
  });
});

describe('what nobody published is left out', () => {
  const ticking = (line: string): Partial<Behaviour> => ({ heartbeatMs: 5, heartbeat: `${line}data: 1\n\n` });
  const afterSomeTicks = async (context: RuleContext): Promise<string[]> => {
    const channel = await Channel.open(context);
    const { exchange } = channel;
    const sent: string[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const before = exchange.dispatched;
      await exchange.until(() => (exchange.dispatched > before + 1 ? true : undefined), 2000);
      sent.push(...dataOf(await channel.send({ data: `n${turn}` })));
    }
    return sent;
  };

  test('where the target declares its type', async () => {
    const target = { heartbeatEvent: 'tick' };
    const sent = await onChannel(ticking('event: tick\n'), afterSomeTicks, target);
    expect(sent).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
  });

  test('where its type was met on an idle stream', async () => {
    const act = async (context: RuleContext) => {
      context.observations.ownEventTypes.add('tick');
      return afterSomeTicks(context);
    };
    expect(await onChannel(ticking('event: tick\n'), act)).toEqual(['n0', 'n1', 'n2', 'n3', 'n4']);
  });

  test('but never by the type message, which published events have', async () => {
    const act = async (context: RuleContext) => {
      context.observations.ownEventTypes.add('message');
      return sendOne(context);
    };
    expect(await onChannel({}, act)).toEqual(['news']);
  });

  test('where it is the initial data of the stream', async () => {
    expect(await onChannel({ greeting: 'data: hello\n\n'.repeat(50) }, sendOne)).toEqual(['news']);
  });
});

describe('a channel', () => {
  test('opens on a server that registers a stream after its headers', async () => {
    const open: Behaviour['open'] = (stream, server) => {
      openPlainStream(stream, server);
      server.streams.delete(stream);
      setTimeout(() => server.streams.add(stream), 30);
    };
    expect(await onChannel({ open }, sendOne)).toEqual(['news']);
  });

  test('is undecided where no plain event comes through', async () => {
    const target = { bounds: { ...shortBounds, event: 20 } };
    expect(await onChannel({ deliver: () => undefined }, sendOne, target)).toBe(
      'inconclusive: the first plain event did not come through, so publishing proves nothing',
    );
  });

  test('is undecided where plain events are refused', async () => {
    const act = async (context: RuleContext, server: PlainServer) => {
      const channel = await Channel.open(context);
      refusing.add(server);
      return channel.send({ data: 'news' });
    };
    const refusing = new Set<PlainServer>();
    const refuse: Behaviour['refuse'] = ({ data }, server) =>
      refusing.has(server) && data !== 'news' ? 'slow down' : undefined;
    expect(await onChannel({ refuse }, act)).toMatch(/^inconclusive: a plain event was not accepted: .*slow down/);
  });
});

describe('data', () => {
  test('that is a JSON string may stand for itself or for what it says', () => {
    expect(jsonReadings('"a\\nb"')).toEqual(['"a\\nb"', 'a\nb']);
    expect(jsonReadings('"a')).toEqual(['"a']);
    expect(jsonReadings('a')).toEqual(['a']);
  });

  test('with a lone surrogate may arrive with up to three U+FFFD, a question mark or nothing in its place', () => {
    const replaced = ['a\ufffd\n', 'a\ufffd\ufffd\n', 'a\ufffd\ufffd\ufffd\n'];
    expect(arrivalsOf('a\ud800\r\n')).toEqual([...replaced, 'a?\n', 'a\n']);
    expect(arrivalsOf('𝄞\r')).toEqual(['𝄞\n']);
  });

  test('arrives with its line ends as LF and without lone surrogates', () => {
    expect(carriedData('a\r\nb\rc\nd\ud800')).toBe('a\nb\nc\nd\ufffd');
  });
});
