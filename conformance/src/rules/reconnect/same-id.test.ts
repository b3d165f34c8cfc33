import { expect, test } from 'vitest';
import { judge, withPlainServer } from '../../../defects/judge-defect.ts';
import { endPlainStream, missedSince, openPlainStream } from '../../../defects/plain-server.ts';
import { sameIdEverywhere } from './same-id.ts';

test('ids in a replay are held against those of a first stream that has ended meanwhile', async () => {
  const behaviour: Parameters<typeof withPlainServer>[0]['behaviour'] = {
    open: (stream, server) => {
      const [first] = server.streams;
      if (first && stream.request.fields.has('last-event-id')) endPlainStream(first, server);
      openPlainStream(stream, server);
    },
    replay: (id, { log }) =>
      (missedSince(id, log) ?? []).map((event) => ({ ...event, id: event.id?.replace('auto', 'stored') ?? '' })),
  };
  const results = await withPlainServer({ behaviour }, (definition) => judge(definition, [sameIdEverywhere]));
  expect(results).toMatchObject([{ verdict: 'fail' }]);
  expect(results[0]?.message).toMatch(/on one stream and "stored-\d+" on a resumed stream$/);
});
