import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  type BenchEvent,
  type BenchResult,
  coordinateShards,
  markedResult,
  readShardPlan,
  runShard,
  type ShardPlan,
  type ShardRunOptions,
  ShardsMissing,
  shardIndex,
} from '@ssert/bench';
import { TargetUnreachable } from '@ssert/conformance/access';
import { parseQuantity } from '@ssert/conformance/settings';
import { requirePublishing, requireStream } from '../before-load.ts';
import { openAccess } from '../bench-access.ts';
import { benchExitCode } from '../bench-exit-code.ts';
import type { Command } from '../command.ts';
import type { Flag, GivenFlags } from '../flags.ts';
import { textOf } from '../named-file.ts';
import { humanBench } from '../reporters/bench/human.ts';
import type { Terminal } from '../terminal.ts';
import { toolVersion } from '../tool-version.ts';
import { UsageError } from '../usage-error.ts';

const shardFlags = {
  plan: { value: 'FILE', meaning: 'plan.json, as ssert bench export writes it' },
  index: {
    value: 'N',
    meaning:
      'Which shard this is; default JOB_COMPLETION_INDEX, AWS_BATCH_JOB_ARRAY_INDEX or SLURM_ARRAY_TASK_ID. Shard 0 coordinates',
  },
  coordinator: { value: 'HOST:PORT', meaning: 'Where shard 0 listens, as the others reach it' },
  listen: { value: 'HOST:PORT', meaning: 'Shard 0: where it listens; default 127.0.0.1:8790' },
  output: { value: 'DIR', meaning: 'Writes shard-N.json.gz there, and shard 0 bench.json' },
  workers: { value: 'N', meaning: 'Threads that receive; default 1' },
  wait: { value: 'TIME', meaning: 'How long to wait for the other shards, each time; default 5m' },
} as const satisfies Record<string, Flag>;

type Given = GivenFlags<typeof shardFlags>;

export const benchShardCommand: Command = {
  name: 'shard',
  usage: 'bench shard --plan plan.json --index N --coordinator HOST:PORT [flags]',
  summary:
    'Runs one shard of a plan that ssert bench export has written; the pods of its job and its run.sh call this. Shard 0 waits for the others, publishes, and prints the merged result between two marks; each of the others holds its streams and hands in what came on them.',
  flags: shardFlags,
  examples: [
    ['ssert bench shard --plan plan.json --index 0 --listen 0.0.0.0:8790', 'the shard that coordinates'],
    ['ssert bench shard --plan plan.json --index 1 --coordinator 10.0.0.1:8790', 'one that receives'],
  ],
  exitCodes: [
    [0, 'measured, and an objective that the plan has is met; of the others: handed in'],
    [1, 'the objective is missed'],
    [2, 'wrong usage'],
    [3, 'the target is out of reach, the run is invalid, or other shards did not come'],
    [4, 'the harness broke'],
  ],
  run: shard,
};

async function shard(given: Given, terminal: Terminal): Promise<number> {
  const [surplus] = given.positionals;
  if (surplus !== undefined)
    throw new UsageError(`${JSON.stringify(surplus)} is too much; ssert bench shard has flags only`);
  const plan = await planFrom(given.text('plan'));
  const index = given.wholeNumber('index', 0, plan.shards.length - 1) ?? shardIndex(process.env, plan);
  const wait = given.text('wait');
  const workers = given.wholeNumber('workers', 1, 64) ?? 1;
  const folder = given.text('output');
  const coordinator = index > 0 ? coordinatorFrom(given.text('coordinator')) : undefined;
  const listen = addressOf('listen', given.text('listen') ?? '127.0.0.1:8790');
  if (folder !== undefined) {
    await mkdir(folder, { recursive: true }).catch((error: Error) => {
      throw new UsageError(`--output ${folder} cannot be written to (${error.message}); give another folder`);
    });
  }
  const { publish, protocol = 'http/1.1', ...stream } = plan.target;
  const definition = { stream, ...(publish === undefined ? {} : { publish }) };
  await using opened = await openAccess(definition, protocol, new AbortController().signal);
  const options: Omit<ShardRunOptions, 'index' | 'coordinator'> = {
    plan,
    access: opened.access,
    workers,
    ...(wait === undefined ? {} : { waitMs: parseQuantity('--wait', wait, 'ms') }),
    keep: async (result) => {
      if (folder === undefined) return;
      await writeFile(join(folder, `shard-${index}.json.gz`), await promisify(gzip)(JSON.stringify(result)));
    },
    tell: (event) => terminal.progress(lineOf(index, event)),
  };
  try {
    // Before it joins: who waits for others, and finds no server then, has let all of them wait.
    await requireStream(opened.access, opened.target);
    if (index === 0) await requirePublishing(opened.target);
    if (coordinator !== undefined) {
      await runShard({ ...options, index, coordinator });
      return 0;
    }
    const tool = { name: 'ssert', version: toolVersion };
    return await told(await coordinateShards({ ...options, listen, tool }), folder, terminal);
  } catch (error) {
    if (error instanceof ShardsMissing || error instanceof TargetUnreachable) {
      terminal.complain(error.message);
      return 3;
    }
    const { syscall, code } = error as NodeJS.ErrnoException;
    if (syscall !== 'listen' && syscall !== 'getaddrinfo') throw error;
    throw new UsageError(`--listen ${listen.host}:${listen.port} cannot be used (${code}); give another HOST:PORT`);
  }
}

/** @returns its URL @throws UsageError */
function coordinatorFrom(text: string | undefined): string {
  if (text === undefined) throw new UsageError('--coordinator is missing; give --coordinator HOST:PORT');
  return urlOf(addressOf('coordinator', text));
}

async function planFrom(file: string | undefined): Promise<ShardPlan> {
  if (file === undefined) throw new UsageError('--plan is missing; give --plan plan.json');
  const text = await textOf(file);
  try {
    return readShardPlan(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`${file} is no JSON: ${error.message}`);
    throw error;
  }
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** @throws UsageError */
function addressOf(flag: 'listen' | 'coordinator', text: string): Address {
  const [, ip6, name, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = ip6 ?? name;
  if (host !== undefined && Number(port) <= 65_535) return { host, port: Number(port) };
  throw new UsageError(`--${flag} is ${JSON.stringify(text)}; give HOST:PORT, such as 127.0.0.1:8790`);
}

function urlOf({ host, port }: Address): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function told(result: BenchResult, folder: string | undefined, terminal: Terminal): Promise<number> {
  if (folder !== undefined) await writeFile(join(folder, 'bench.json'), `${JSON.stringify(result, null, 2)}\n`);
  terminal.print(humanBench(result, terminal.paint));
  terminal.print(markedResult(result));
  return benchExitCode(result);
}

/** A line for whoever reads the logs of many shards. */
function lineOf(index: number, event: BenchEvent): string {
  if (event.kind === 'note') return `shard ${index}: ${event.message}\n`;
  return event.kind === 'phase' ? `shard ${index}: ${event.phase}\n` : '';
}
