/**
 * Judges one client of the roster and writes what was found as JSON: a harness of its own for each client, so that those
 * judged side by side share no event loop.
 *
 *     node --conditions=@ssert/source conformance/clients/judge-client.ts NAME --output FILE [--quick] [--seed N]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { efforts, type RuleResult } from '@ssert/conformance';
import { clientRules, runClient } from '@ssert/conformance/client';
import { systemClock } from '@ssert/protocol/system';
import { interruption, type Judged } from '../matrix/judged.ts';
import { roster } from './roster.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    output: { type: 'string', default: '/dev/stdout' },
    quick: { type: 'boolean', default: false },
    seed: { type: 'string', default: '7' },
  },
});
const [name = ''] = positionals;
const client = roster.find((one) => one.name === name);
if (!client) throw new Error(`there is no client ${name}; there are ${roster.map((one) => one.name).join(' ')}`);

const effort = values.quick ? efforts.quick : efforts.default;
const options = { rules: clientRules, clock: systemClock, seed: Number(values.seed), effort, jobs: 8 };
const results: RuleResult[] = [];
const startedAtMs = systemClock.now();
let problem: string | undefined;
for await (const event of runClient(client.source, { ...options, signal: interruption() })) {
  if (event.kind === 'result') results.push(event.result);
  if (event.kind === 'broken-off') problem = event.message;
}
const durationMs = systemClock.now() - startedAtMs;
const judged: Judged = { name, results, durationMs, ...(problem === undefined ? {} : { problem }) };
writeFileSync(values.output, JSON.stringify(judged));
