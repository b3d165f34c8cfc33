import { systemClock } from '@ssert/protocol/system';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type Behaviour,
  encodePlainEvent,
  type PlainEvent,
  type PlainServer,
  startPlainServer,
} from '../../../defects/plain-server.ts';
import { efforts } from '../../effort.ts';
import { run } from '../../run.ts';
import { nullInId, retryDigits } from './id-and-retry.ts';

const servers: PlainServer[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));

async function judged(behaviour: Partial<Behaviour>, canPublish = true): Promise<string[]> {
  const server = await startPlainServer(behaviour);
  servers.push(server);
  const { url } = server;
  const target = { stream: `${url}/stream`, ...(canPublish ? { publish: `${url}/publish` } : {}) };
  const results: string[] = [];
  const options = { rules: [nullInId, retryDigits], clock: systemClock, seed: 1, effort: efforts.quick };
  for await (const event of run(target, options)) {
    if (event.kind === 'result') results.push(`${event.result.verdict}: ${event.result.message}`);
  }
  return results;
}

const takesAnything: Partial<Behaviour> = { refuse: () => undefined };
const withoutIdAndRetry = ({ id: _, retry: __, ...event }: PlainEvent): PlainEvent => event;

describe('bad ids and retry values', () => {
  test('clear nobody who sends neither', async () => {
    const encode: Behaviour['encode'] = (event) => encodePlainEvent(withoutIdAndRetry(event));
    expect(await judged({ ...takesAnything, encode })).toEqual([
      'skip: for servers that send id: none was sent, and a plain id from the publisher did not arrive',
      'skip: for servers that send retry: none was sent, and a plain retry from the publisher did not arrive',
    ]);
  });

  test('clear nobody who sends neither by itself, where nothing can be published', async () => {
    expect(await judged({}, false)).toEqual([
      'skip: no id was sent: give --publish URL to try one with U+0000',
      'skip: no retry was sent: give --publish URL to try one that is not digits',
    ]);
  });

  test('leave what a server sends by itself as the evidence, where it takes none', async () => {
    const identify: Behaviour['identify'] = (event, { log }) => ({
      ...withoutIdAndRetry(event),
      id: `own-${log.length}`,
    });
    expect(await judged({ ...takesAnything, greeting: 'retry: 2000\n\n', identify })).toEqual([
      expect.stringMatching(/^pass: \d+ ids of the server's own; a plain id from the publisher did not arrive$/),
      expect.stringMatching(
        /^pass: \d+ retry fields of the server's own; a plain retry from the publisher did not arrive$/,
      ),
    ]);
  });

  test('prove nothing where they get no answer', async () => {
    const answer: Behaviour['answer'] = ({ path, body }) => {
      if (path !== '/publish') return undefined;
      const { id, retry } = JSON.parse(body);
      const isBad = id?.includes('\0') || (retry !== undefined && !Number.isInteger(retry)) || retry < 0;
      return isBad || retry > 1e9 ? { status: 500 } : undefined;
    };
    expect(await judged({ answer })).toEqual([
      'inconclusive: no bad value got an answer from the publish URL',
      'inconclusive: no bad value got an answer from the publish URL',
    ]);
  });

  test('clear a server that refuses them', async () => {
    expect(await judged({})).toEqual([
      expect.stringMatching(/^pass: \d+ ids; of 25 bad values 0 were taken and did no harm, 25 were refused$/),
      expect.stringMatching(/^pass: 1 retry fields; of 25 bad values /),
    ]);
  });
});
