import { randomUUID } from 'node:crypto';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BenchResult,
  kubernetesYaml,
  requireShardable,
  runScript,
  type ShardPlan,
  shardRanges,
} from '@ssert/bench';
import { parseQuantity } from '@ssert/conformance/settings';
import { benchFile } from '../bench-file.ts';
import { benchFlagOf } from '../bench-flags.ts';
import type { Command } from '../command.ts';
import type { Flag, GivenFlags } from '../flags.ts';
import { writeNamed } from '../named-file.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';

const pods = 'Pods';

const exportFlags = {
  shards: { value: 'S', meaning: 'Processes that share the streams out; the first one coordinates and publishes' },
  output: { value: 'DIR', meaning: 'Where plan.json, kubernetes.yaml and run.sh go' },
  streams: { value: 'N', meaning: 'Streams of all shards together. Default as many as the result stands for.' },
  url: { value: 'URL', meaning: 'The server as the shards reach it. Default the one that was measured.' },
  method: { value: 'METHOD', meaning: 'Method of the stream requests; default GET, or POST with --data' },
  data: { value: 'TEXT', mayBeEmpty: true, meaning: 'Body of the stream requests. It stands in plan.json.' },
  publish: { value: 'URL', meaning: 'Where the coordinator publishes' },
  image: { value: 'IMAGE', group: pods, meaning: 'A container image with ssert on its PATH' },
  cpus: { value: 'N', group: pods, meaning: 'Whole CPUs of each. Default 2.' },
  memory: { value: 'SIZE', group: pods, meaning: 'Memory of each, as Kubernetes writes it. Default 2Gi.' },
  deadline: { value: 'TIME', group: pods, meaning: 'The job ends after this much time in any case. Default 1h.' },
} as const satisfies Record<string, Flag>;

type Given = GivenFlags<typeof exportFlags>;

export const benchExportCommand: Command = {
  name: 'export',
  usage: 'bench export k8s BENCH.json --shards S --output DIR --image IMAGE [flags]',
  summary:
    'Spreads the plan of a run over several machines: a Kubernetes Indexed Job with a pod for each shard, and run.sh, which runs the same shards as processes of one machine. Measure with few streams first, then export what that run wrote.',
  flags: exportFlags,
  examples: [
    [
      'ssert bench export k8s bench.json --shards 9 --streams 1000000 --url https://sse.example.com/events --image example.com/ssert:1 --output million',
      'then kubectl apply -f million/kubernetes.yaml',
    ],
  ],
  exitCodes: [
    [0, 'written'],
    [2, 'wrong usage, a file that is no result included'],
  ],
  run: exportPlan,
};

async function exportPlan(given: Given, terminal: Terminal): Promise<number> {
  const [format, file, ...surplus] = given.positionals;
  if (format !== 'k8s')
    throw new UsageError('give k8s first: ssert bench export k8s BENCH.json --shards S --output DIR');
  if (file === undefined || surplus.length > 0)
    throw new UsageError('give one BENCH.json, as --output of ssert bench writes it');
  const folder = given.text('output');
  if (folder === undefined) throw new UsageError('--output is missing; give --output DIR');
  const image = given.text('image');
  if (image === undefined) throw new UsageError('--image is missing; give --image IMAGE, with ssert on its PATH');
  const memory = given.text('memory') ?? '2Gi';
  if (!/^\d+(Ki|Mi|Gi|Ti|k|M|G|T)$/.test(memory)) {
    throw new UsageError(`--memory is ${JSON.stringify(memory)}; give a size as Kubernetes writes it, such as 2Gi`);
  }
  const result = await benchFile(file);
  const plan = planOf(result, given);
  const yaml = kubernetesYaml(plan, {
    name: `ssert-bench-${result.id.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`.slice(0, 40).replace(/-+$/, ''),
    image,
    cpus: given.wholeNumber('cpus', 1) ?? 2,
    memory,
    deadlineS: Math.ceil(parseQuantity('--deadline', given.text('deadline') ?? '1h', 'ms') / 1000),
  });
  await mkdir(folder, { recursive: true }).catch((error: Error) => {
    throw new UsageError(`--output ${folder} cannot be made: ${error.message}`);
  });
  const files = {
    'plan.json': `${JSON.stringify(plan, null, 2)}\n`,
    'kubernetes.yaml': yaml,
    'run.sh': runScript(plan),
  };
  for (const [name, text] of Object.entries(files)) await writeNamed('--output', join(folder, name), text);
  await chmod(join(folder, 'run.sh'), 0o755);
  terminal.print(
    [
      `${plan.streams} streams on ${plan.shards.length} shards, written: ${Object.keys(files).join(', ')} in ${folder}`,
      requestNote(plan.target),
    ].join('\n'),
  );
  return 0;
}

function planOf(result: BenchResult, given: Given): ShardPlan {
  const shards = given.wholeNumber('shards', 2);
  if (shards === undefined) throw new UsageError('--shards is missing; give --shards S');
  if (result.capacity && result.capacity.axis !== 'streams') {
    const { axis, lo } = result.capacity;
    throw new UsageError(
      `the run searched a rate, and its plan has the first; export one with --${benchFlagOf(axis)} ${lo} instead`,
    );
  }
  const streams =
    given.wholeNumber('streams', shards) ?? Math.round(result.capacity?.lo ?? result.trials.at(-1)?.x ?? 0);
  const url = given.text('url') ?? result.target.url;
  if (given.text('url') === undefined && result.host.loopback) {
    throw new UsageError(`${url} was measured over loopback, which no pod reaches; give --url URL`);
  }
  const publish = given.text('publish');
  for (const [name, text] of [
    ['url', url],
    ['publish', publish],
  ] as const) {
    if (text !== undefined && !/^https?:/.test(text))
      throw new UsageError(`--${name} is ${JSON.stringify(text)}; give an http URL`);
  }
  if (publish === undefined && result.target.mode === 'published' && result.plan.scenario !== 'storm') {
    throw new UsageError(
      '--publish is missing: the run published, and its result does not tell where; give --publish URL',
    );
  }
  const planned = {
    schema: 'sse-bench-plan/1',
    plan: {
      ...result.plan,
      params: 'streams' in result.plan.params ? { ...result.plan.params, streams } : result.plan.params,
    },
    seed: result.seed,
    secret: randomUUID(),
    streams,
    target: { url, ...requestOf(given), ...(publish === undefined ? {} : { publish }), ...protocolOf(result) },
    ...(result.slo === undefined ? {} : { slo: result.slo.expr }),
    shards: shardRanges(streams, shards),
  } as const;
  requireShardable(planned);
  return planned;
}

function requestOf(given: Given): Pick<ShardPlan['target'], 'method' | 'body'> {
  const method = given.text('method');
  const body = given.text('data');
  return {
    ...(method === undefined ? {} : { method: method.toUpperCase() }),
    ...(body === undefined ? {} : { body }),
  };
}

/** A result tells no more of the request than its URL: headers and bodies may hold secrets. */
function requestNote({ method, body }: ShardPlan['target']): string {
  const asked = `${method ?? (body === undefined ? 'GET' : 'POST')} ${body === undefined ? 'without a body' : 'with the body of --data'}`;
  return `the shards ask by ${asked} (--method, --data), and without --header or --ca: a result does not tell what was asked with`;
}

function protocolOf({ target: { protocol } }: BenchResult): Pick<ShardPlan['target'], 'protocol'> {
  return protocol === 'h2' ? { protocol } : {};
}
