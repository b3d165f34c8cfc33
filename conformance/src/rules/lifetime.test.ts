import { describe, expect, test } from 'vitest';
import { judge, plainTarget } from '../../defects/judge-defect.ts';
import {
  type Behaviour,
  endPlainStream,
  openPlainStream,
  type PlainStream,
  startPlainServer,
} from '../../defects/plain-server.ts';
import type { Rule } from '../rule.ts';
import { idleHeartbeat } from './delivery/idle.ts';
import { historyGapVisible } from './reconnect/history-gap.ts';
import { unknownIdDecided } from './reconnect/unknown-id.ts';
import { hostileLastEventId } from './security/request-values.ts';

const lifeMs = 100;

function brings({ request }: PlainStream, id: RegExp): boolean {
  return id.test(request.fields.get('last-event-id') ?? '');
}

/** Ends a stream that resumes after one of these ids so much later, without an event. */
function endsSilently(id: RegExp, afterMs: number): Partial<Behaviour> {
  return {
    replay: () => [],
    open: (stream, server) => {
      openPlainStream(stream, server);
      if (!brings(stream, id)) return;
      server.streams.delete(stream);
      setTimeout(() => endPlainStream(stream, server), afterMs);
    },
  };
}

async function judged(rule: Rule, behaviour: Partial<Behaviour>, lifetime = lifeMs): Promise<string> {
  const server = await startPlainServer(behaviour);
  try {
    const [result] = await judge(plainTarget(server.url, { lifetime, replay: 5 }), [rule]);
    return `${result?.verdict}: ${result?.message}`;
  } finally {
    await server.close();
  }
}

const tooShort = /^inconclusive: 5 streams had their declared time.* before a live event came$/;

describe('a stream that ends before a live event', () => {
  test('says nothing of an unknown id where its declared time was over', async () => {
    expect(await judged(unknownIdDecided, endsSilently(/unknown/, lifeMs))).toMatch(tooShort);
  });

  test('answers an unknown id wrongly where its time was not over', async () => {
    expect(await judged(unknownIdDecided, endsSilently(/unknown/, 0))).toMatch(/^fail: .* ends before any live event/);
  });

  test('answers an unknown id wrongly where others got several events in its time', async () => {
    const silent = endsSilently(/unknown/, 1000);
    expect(await judged(unknownIdDecided, silent, 1000)).toMatch(/^fail: .* ends before any live event/);
  });

  test('says nothing of a gap where its declared time was over', async () => {
    expect(await judged(historyGapVisible, endsSilently(/./, lifeMs))).toMatch(tooShort);
  });

  test('tells of no gap where its time was not over', async () => {
    const behaviour = endsSilently(/./, 0);
    expect(await judged(historyGapVisible, behaviour)).toMatch(/^warn: .* nothing on the stream tells of the loss$/);
  });
});

describe('an idle stream that ends before its silence could be judged', () => {
  const endingAfter = (afterMs: number): Partial<Behaviour> => ({
    open: (stream, server) => {
      openPlainStream(stream, server);
      setTimeout(() => endPlainStream(stream, server), afterMs);
    },
  });

  test('shows no more where its declared time was over', async () => {
    expect(await judged(idleHeartbeat, endingAfter(400), 400)).toMatch(/^pass: .* all of the stream's declared life$/);
  });

  test('shows nothing where it was not', async () => {
    const early = /^inconclusive: the server ended the idle stream after 0\.\d+ s$/;
    expect(await judged(idleHeartbeat, endingAfter(400), 600_000)).toMatch(early);
  });
});

describe('a stream of which head and end come together', () => {
  const ending = (afterMs: number): Partial<Behaviour> => ({
    open: (stream, server) => {
      if (!brings(stream, /./)) {
        openPlainStream(stream, server);
        return;
      }
      setTimeout(() => {
        stream.socket.cork();
        openPlainStream(stream, server);
        endPlainStream(stream, server);
        stream.socket.uncork();
      }, afterMs);
    },
  });

  test('does not end at once where its declared time was over', async () => {
    expect(await judged(hostileLastEventId, ending(lifeMs))).toMatch(/^pass: /);
  });

  test('ends at once where it was not', async () => {
    expect(await judged(hostileLastEventId, ending(0))).toMatch(/^fail: .* the stream ends at once$/);
  });
});
