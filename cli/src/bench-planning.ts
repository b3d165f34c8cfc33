import { type BenchResult, connectsPerNode, type DeploymentTrait, type Serving, usualProjections } from '@ssert/bench';
import { parseQuantity } from '@ssert/conformance/settings';
import { benchFile } from './bench-file.ts';
import type { Flag, GivenFlags } from './flags.ts';
import { UsageError } from './usage-error.ts';

type Given = GivenFlags<Record<string, Flag>>;

export const scalingFlag: Flag = {
  value: 'FILE',
  repeatable: true,
  meaning: 'bench.json of a search on another number of nodes; with six numbers in all, the answer is projected',
};

export const projectedStreamsFlag: Flag = {
  value: 'N',
  repeatable: true,
  meaning: `Streams to project to; default ${usualProjections.join(',')}`,
};

const plan = 'How it shall be served';

/** What a plan says of the nodes, where they are not as they were measured. */
export const servingFlags: Readonly<Record<string, Flag>> = {
  headroom: { value: 'PERCENT', group: plan, meaning: 'What stays free of every node; default 30%' },
  zones: {
    value: 'N',
    group: plan,
    meaning: 'Availability zones, of which one may be lost: the others then hold everything',
  },
  storm: {
    value: 'FILE',
    group: plan,
    meaning:
      'bench.json of a search with --scenario storm --axis connect-rate: the connects that a node takes when the streams of a lost one, or zone, come back',
  },
  'herd-window': { value: 'TIME', group: plan, meaning: '--storm: in this time they must be back; default 30s' },
  bandwidth: {
    value: 'SIZE',
    group: plan,
    meaning: "Bytes a second that a node's network sends, such as 125MB (1 Gbit/s)",
  },
  memory: {
    value: 'SIZE',
    group: plan,
    meaning: 'Of a node; default as measured, where the server was on this machine',
  },
  cores: { value: 'N', group: plan, meaning: 'Of a node; default as measured, where the costs of each are known' },
  deployment: {
    value: 'NAME=VALUE',
    repeatable: true,
    group: plan,
    meaning:
      'cpu payload tls protocol proxy: refused where that is not what was measured; such as tls=true payload=1KiB protocol=h2',
  },
};

/** The results of searches on other numbers of nodes. */
export function scalingFrom(given: Given): Promise<BenchResult[]> {
  return Promise.all(given.list('scaling').map(benchFile));
}

/** @param flag what it is called: with `ssert bench` --streams is the load */
export function projectedStreamsFrom(flag: 'project' | 'streams', given: Given): number[] | undefined {
  if (!given.has(flag)) return undefined;
  return given.list(flag).map((text) => {
    const value = /^\d+$/.test(text) ? Number(text) : 0;
    if (value > 0) return value;
    throw new UsageError(`--${flag} is ${JSON.stringify(text)}; give numbers of streams, such as 1000000`);
  });
}

/** `25%` as 0.25. @throws UsageError unless it is above 0 and below 100 % */
export function partFrom(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]);
  if (percent > 0 && percent < 100) return percent / 100;
  throw new UsageError(`--${flag} is ${JSON.stringify(text)}; give a part such as 25%`);
}

/** How the streams of a result shall be served. @throws UsageError that names the flag */
export async function servingFrom(given: Given, result: BenchResult): Promise<Serving> {
  const headroom = given.text('headroom') === '0%' ? 0 : partFrom('headroom', given.text('headroom'));
  const zones = given.wholeNumber('zones', 2);
  const cores = given.wholeNumber('cores', 1);
  const memoryBytes = sizeFrom('memory', given.text('memory'));
  // A second is meant in any case: who says so is right.
  const bandwidthBytesPerS = sizeFrom('bandwidth', given.text('bandwidth')?.replace(/\/s$/, ''));
  const connectsPerS = await connectsFrom(given.text('storm'), result);
  const window = given.text('herd-window');
  if (window !== undefined && connectsPerS === undefined) {
    throw new UsageError('--herd-window makes no difference without the connects that a node takes; give --storm FILE');
  }
  return {
    ...(headroom === undefined ? {} : { headroom }),
    ...(zones === undefined ? {} : { zones }),
    ...(window === undefined ? {} : { herdWindowS: parseQuantity('--herd-window', window, 'ms') / 1000 }),
    node: {
      ...(cores === undefined ? {} : { cores }),
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
      ...(bandwidthBytesPerS === undefined ? {} : { bandwidthBytesPerS }),
      ...(connectsPerS === undefined ? {} : { connectsPerS }),
    },
    deployment: deploymentFrom(given.all('deployment')),
  };
}

function sizeFrom(flag: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : parseQuantity(`--${flag}`, text, 'bytes');
}

async function connectsFrom(file: string | undefined, result: BenchResult): Promise<number | undefined> {
  if (file === undefined) return undefined;
  const connects = connectsPerNode(await benchFile(file), result);
  if (typeof connects === 'number') return connects;
  throw new UsageError(`--storm ${file} cannot be used: ${connects.refusal}`);
}

/** Each trait as a result has it: on a command line all are text. */
const traits: Readonly<Record<DeploymentTrait, (text: string) => string | number | boolean>> = {
  cpu: (text) => text,
  payload: (text) => parseQuantity('--deployment payload', text, 'bytes'),
  tls: (text) => oneOf('tls', text, ['true', 'false']) === 'true',
  protocol: (text) => oneOf('protocol', text, ['http/1.1', 'h2']),
  proxy: (text) => text,
};

function deploymentFrom(given: readonly string[]): NonNullable<Serving['deployment']> {
  const wanted = new Map<string, string | number | boolean>();
  for (const text of given) {
    const [, name = '', value = ''] = /^([^=]*)=(.+)$/.exec(text) ?? [];
    if (!Object.hasOwn(traits, name)) {
      const names = Object.keys(traits).join(' ');
      throw new UsageError(`--deployment is ${JSON.stringify(text)}; give NAME=VALUE with one of ${names}`);
    }
    if (wanted.has(name)) throw new UsageError(`--deployment ${name} is given twice; give it once`);
    wanted.set(name, traits[name as DeploymentTrait](value));
  }
  return Object.fromEntries(wanted);
}

function oneOf(name: DeploymentTrait, text: string, choices: readonly string[]): string {
  if (choices.includes(text)) return text;
  throw new UsageError(`--deployment ${name} is ${JSON.stringify(text)}; give one of ${choices.join(' ')}`);
}
