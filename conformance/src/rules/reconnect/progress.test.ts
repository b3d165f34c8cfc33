import { expect, test } from 'vitest';
import { busyMachine } from '../../../defects/busy-machine.ts';
import { judge, withPlainServer } from '../../../defects/judge-defect.ts';
import { type Behaviour, missedSince, openPlainStream, sendStreamHead } from '../../../defects/plain-server.ts';
import { lastEventIdRead } from './last-event-id.ts';
import { resumesProgress } from './progress.ts';
import { seamlessReplay } from './seam.ts';

/** Takes a long while to look up what was missed, where that is much. */
const slowWithMany: Behaviour['open'] = (stream, server) => {
  const missed = missedSince(stream.request.fields.get('last-event-id') ?? '', server.log) ?? [];
  if (missed.length <= 20) {
    openPlainStream(stream, server);
    return;
  }
  sendStreamHead(stream, server.behaviour);
  setTimeout(() => {
    for (const event of missed) server.behaviour.write(Buffer.from(server.behaviour.encode(event)), stream);
    server.streams.add(stream);
  }, 3000);
};

test('a backlog that is slow to come on a busy machine is waited for', async () => {
  const results = await withPlainServer({ behaviour: { open: slowWithMany } }, (definition) =>
    judge(definition, [resumesProgress], { gauge: busyMachine() }),
  );
  expect(results).toMatchObject([{ verdict: 'inconclusive' }]);
  expect(results[0]?.message).toMatch(/twice without a new one; not so when tried again$/);
});

test('a client that can miss nothing is not said to make up for it', async () => {
  const target = { replay: 1 };
  const rules = [resumesProgress, seamlessReplay, lastEventIdRead];
  const results = await withPlainServer({ behaviour: {}, target }, (definition) => judge(definition, rules));
  const message = 'one event is promised to be kept, so that a client that has it cannot have missed any';
  expect(results.map(({ verdict, message: said }) => `${verdict}: ${said}`)).toEqual(
    Array(3).fill(`inconclusive: ${message}`),
  );
});
