/**
 * Plays one seed after another through the whole-system simulation, and shrinks the first that fails.
 *
 *     npm run simulate:soak -- [--for 10m] [--seed N] [--seeds N] [--json]
 *
 * `--seed` is the first; without `--for` and `--seeds` it plays for a minute. Ctrl-C prints what is known by then. Exit 1
 * where a seed failed, 2 for a wrong flag.
 */
import { parseArgs } from 'node:util';
import { drawScenario } from '../src/simulation/draw-scenario.ts';
import { type Outcome, wordsOf } from '../src/simulation/outcome.ts';
import { asTest, shrink } from '../src/simulation/shrink.ts';
import { simulate } from '../src/simulation/simulate.ts';

const { firstSeed, seeds, forMs, json } = readFlags();
const startedMs = performance.now();
const tookMs = (): number => performance.now() - startedMs;
const toTerminal = process.stderr.isTTY && !json;
let interrupted = false;
process.once('SIGINT', () => {
  interrupted = true;
});

const total = { simulatedMs: 0, published: 0, acknowledged: 0, delivered: 0, dropped: 0, requests: 0, resets: 0 };
let played = 0;
let failed: Outcome | undefined;
for (let seed = firstSeed; played < seeds && tookMs() < forMs && !interrupted && failed === undefined; seed += 1) {
  // What a client or server throws where nobody waits for it ends the process: say which seed did.
  const onThrown = (error: unknown): never => {
    console.error(`seed ${seed}: thrown: ${error instanceof Error ? error.stack : String(error)}`);
    process.exit(1);
  };
  process.once('uncaughtException', onThrown);
  const outcome = await simulate(drawScenario(seed));
  process.off('uncaughtException', onThrown);
  played += 1;
  for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += outcome.counts[name];
  if (outcome.result !== 'passed') failed = outcome;
  if (toTerminal && played % 10 === 0) process.stderr.write(`\r${line()}`);
}
if (toTerminal) process.stderr.write('\r\u001b[K');

const shrunk = failed && !interrupted ? await shrink(drawScenario(failed.seed), failed) : undefined;
if (json) {
  console.log(JSON.stringify({ firstSeed, played, ...total, tookMs: Math.round(tookMs()), failed, shrunk }, null, 2));
} else {
  console.log(line());
  if (failed) console.log(`\n${wordsOf(failed)}`);
  if (shrunk) console.log(`\nThe smallest that fails so, after ${shrunk.tried} tries:\n`);
  if (shrunk) console.log(asTest(shrunk.scenario, shrunk.outcome));
}
if (failed) process.exitCode = 1;

function line(): string {
  const { simulatedMs, delivered, requests, dropped, resets } = total;
  const hours = (simulatedMs / 3_600_000).toFixed(1);
  const events = `${delivered} deliveries, ${dropped} drops, ${resets} resets, ${requests} requests`;
  const words = failed ? '1 failed' : interrupted ? 'interrupted' : 'none failed';
  return `${played} seeds from ${firstSeed} in ${(tookMs() / 1000).toFixed(1)} s, ${words}: ${hours} h, ${events}`;
}

function readFlags(): { firstSeed: number; seeds: number; forMs: number; json: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        for: { type: 'string' },
        seed: { type: 'string', default: '1' },
        seeds: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const limit = values.seeds === undefined ? Number.POSITIVE_INFINITY : wholeNumber('--seeds', values.seeds);
    const forMs =
      values.for === undefined
        ? values.seeds === undefined
          ? 60_000
          : Number.POSITIVE_INFINITY
        : duration(values.for);
    return { firstSeed: wholeNumber('--seed', values.seed), seeds: limit, forMs, json: values.json };
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(2);
  }
}

function wholeNumber(flag: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${flag} is ${text}; give a whole number`);
  return Number(text);
}

function duration(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(s|m|h)$/.exec(text) ?? [];
  if (number === undefined) throw new Error(`--for is ${text}; give a time such as 90s, 10m or 1h`);
  return Number(number) * { s: 1000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h'];
}
