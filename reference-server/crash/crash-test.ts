/** Kills the server again and again under load, and counts what became of the events: `npm run test:crash -- --help`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '@ssert/protocol';
import { freshSeed, systemClock } from '@ssert/protocol/system';
import { backings } from './backing.ts';
import { CrashRun } from './run.ts';
import { judge } from './verdict.ts';

const help = `npm run test:crash -- [flags]

Publishes to the reference server from all sides and kills it (SIGKILL) once a round; consumers resume over the kills.
Every event that was answered with 202 must reach every consumer exactly once, in the same order everywhere.

  --store NAME   ${Object.keys(backings).join(' or ')}; default sqlite
  --rounds N     kills of a server; default 100
  --seed N       repeats the moments of the kills; default a fresh one
  --help

Exit 0 where that is so, 1 where it is not or could not be found out, 2 for wrong usage, 130 after Ctrl-C.
`;

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number < 2 ** 31) return number;
  throw new UsageError(`--${name} is ${text}; give a whole number from 1`);
}

class UsageError extends Error {}

function flags() {
  const { values } = parseArgs({
    options: {
      store: { type: 'string', default: 'sqlite' },
      rounds: { type: 'string', default: '100' },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const openBacking = backings[values.store];
  if (openBacking === undefined)
    throw new UsageError(`--store is ${values.store}; give one of ${Object.keys(backings).join(' ')}`);
  const rounds = wholeNumber('rounds', values.rounds);
  const seed = values.seed === undefined ? freshSeed() : wholeNumber('seed', values.seed);
  return { help: values.help, store: values.store, openBacking, rounds, seed };
}

async function main(): Promise<number> {
  const { help: wantsHelp, store, openBacking, rounds, seed } = flags();
  if (wantsHelp) {
    process.stdout.write(help);
    return 0;
  }
  const abort = new AbortController();
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    abort.abort();
  };
  let interrupted = false;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      interrupted = true;
      abort.abort();
    });
  }
  const folder = mkdtempSync(join(tmpdir(), 'ssert-crash-'));
  const random = seededRandom(seed);
  const backing = await openBacking({ folder, random, fail });
  const parts = { backing, clock: systemClock, random, signal: abort.signal, fail };
  const run = new CrashRun(parts);
  const report = (): void => {
    const { rounds: played, acknowledged, unanswered, resumes } = run.progress;
    const counts = `${acknowledged.size} acknowledged, ${unanswered.size} unanswered, ${resumes} resumes`;
    if (process.stderr.isTTY || played % 10 === 0) {
      const [before, behind] = process.stderr.isTTY ? ['\r', '\x1b[K'] : ['', '\n'];
      process.stderr.write(`${before}round ${played} of ${rounds}: ${counts}${behind}`);
    }
  };
  process.stderr.write(`${store}, ${rounds} rounds, seed ${seed}\n`);
  try {
    await run.play(rounds, report);
  } catch (error) {
    failure ??= error as Error;
  } finally {
    await backing.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  if (process.stderr.isTTY) process.stderr.write('\n');

  const progress = run.progress;
  const verdict = judge(progress);
  const isWhole = !interrupted && failure === undefined;
  const lines: [string, unknown][] = [
    ['store', store],
    ['seed', seed],
    ['rounds', progress.rounds],
    ['server kills', progress.serverKills],
    ...(backing.restart === undefined ? [] : [['store kills', progress.backingKills] as [string, unknown]]),
    ['acknowledged', progress.acknowledged.size],
    ['unanswered', `${progress.unanswered.size}, of which ${verdict.unansweredInLog} are in the log`],
    ['consumers', progress.received.size],
    ['delivered', verdict.delivered],
    // What has not come yet is not lost where the run was broken off.
    [isWhole ? 'lost' : 'not yet come', verdict.lost],
    ['repeated', verdict.repeated],
    ['reordered', verdict.reordered],
    ['strange', verdict.strange],
    ['resumes', progress.resumes],
    ['resets', progress.resets],
  ];
  for (const [name, value] of lines) process.stdout.write(`${name.padEnd(14)}${value}\n`);
  if (failure !== undefined) process.stdout.write(`broken off: ${failure.message}\n`);
  const wrong = verdict.repeated + verdict.reordered + verdict.strange + (isWhole ? verdict.lost + progress.resets : 0);
  if (wrong > 0) for (const example of verdict.examples) process.stdout.write(`  ${example}\n`);
  if (wrong > 0 || failure !== undefined) return 1;
  return interrupted ? 130 : 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    const isUsage = error instanceof UsageError || /^ERR_PARSE_ARGS/.test(error.code);
    process.stderr.write(`${isUsage ? error.message : error.stack}\n`);
    process.exitCode = isUsage ? 2 : 1;
  },
);
