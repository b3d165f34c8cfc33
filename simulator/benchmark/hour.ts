/**
 * How long the whole-system simulation takes for an hour of a thousand clients. Exits 1 above the goal.
 *
 *     npm run bench:simulation -- [--clients 1000] [--duration-s 3600] [--seed 7]
 */
import { parseArgs } from 'node:util';
import { wordsOf } from '../src/simulation/outcome.ts';
import { simulate } from '../src/simulation/simulate.ts';
import { drawHour } from './hour-scenario.ts';

const goalS = 60;
const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '1000' },
    'duration-s': { type: 'string', default: '3600' },
    seed: { type: 'string', default: '7' },
  },
});
const durationMs = 1000 * Number(values['duration-s']);
const began = performance.now();
const outcome = await simulate(drawHour(Number(values.seed), Number(values.clients), durationMs));
const tookS = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage();
const { delivered, published, requests, dropped } = outcome.counts;
console.log(wordsOf(outcome));
console.log(
  `${values.clients} clients for ${durationMs / 1000} s: ${published} events, ${requests} requests, ${dropped} drops`,
);
console.log(
  `${delivered} deliveries in ${tookS.toFixed(1)} s: ${((tookS * 1e6) / delivered).toFixed(2)} µs each; ${((user + system) / 1e6).toFixed(1)} s of CPU time`,
);
console.log(`${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB at most; digest ${outcome.digest}`);
if (outcome.result !== 'passed' || tookS > goalS) process.exitCode = 1;
