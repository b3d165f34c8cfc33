/**
 * Judges one client of the roster and writes what was found as JSON: a harness of its own for each client, so that those
 * judged side by side share no event loop.
 *
 *     node --conditions=@ssert/source conformance/clients/judge-client.ts NAME --output FILE [--quick] [--seed N]
 */
import { efforts } from '@ssert/conformance';
import { clientRules, runClient } from '@ssert/conformance/client';
import { systemClock } from '@ssert/protocol/system';
import { judgedBy, judgeOne } from '../matrix/judge-one.ts';
import { roster } from './roster.ts';

await judgeOne(async (name, { quick, seed, signal }) => {
  const client = roster.find((one) => one.name === name);
  if (!client) throw new Error(`there is no client ${name}; there are ${roster.map((one) => one.name).join(' ')}`);
  const effort = quick ? efforts.quick : efforts.default;
  return judgedBy(
    name,
    runClient(client.source, { rules: clientRules, clock: systemClock, seed, effort, jobs: 8, signal }),
  );
});
