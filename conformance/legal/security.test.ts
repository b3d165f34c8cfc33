import { describe, expect, test } from 'vitest';
import { described, judge, withPlainServer } from '../defects/judge-defect.ts';
import { endPlainStream, openPlainStream } from '../defects/plain-server.ts';
import { serverRules } from '../src/index.ts';
import { notAccusedIn } from './not-accused.ts';
import { legalSecurity } from './security.ts';

describe('no rule accuses a server that', () => {
  test.concurrent.each(legalSecurity)('$name', notAccusedIn('security', 'http', 'framing'));
});

test("no hostile request is to blame where a server ends a client's older stream for its newer one", async () => {
  // Rules that hold several streams at once have nothing to judge there.
  const hostile = ['security/hostile-last-event-id', 'security/oversized-header'];
  const behaviour: Parameters<typeof withPlainServer>[0]['behaviour'] = {
    open: (stream, server) => {
      for (const older of server.streams) endPlainStream(older, server);
      openPlainStream(stream, server);
    },
  };
  const results = await withPlainServer({ behaviour }, (definition) =>
    judge(
      definition,
      serverRules.filter(({ id }) => hostile.includes(id)),
    ),
  );
  expect(Object.keys(described(results, 'pass'))).toEqual(hostile);
});
