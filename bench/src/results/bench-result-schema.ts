import { SettingError } from '@ssert/protocol';
import { z } from 'zod';
import {
  type BenchResult,
  findingNames,
  histogramNames,
  type SloTree,
  scenarioNames,
  searchAxes,
  stopReasons,
  type Trial,
} from './bench-result.ts';

const number = z.number();
const count = z.int().nonnegative();
const notNegative = number.nonnegative();
const share = number.min(0).max(1);
const text = z.string();
const sentences = z.array(text);
const validity = z.enum(['valid', 'suspect', 'invalid']);
const interval = z.tuple([number, number]);

const sloTree: z.ZodType<SloTree> = z.lazy(() =>
  z.union([
    z.strictObject({ kind: z.enum(['and', 'or']), terms: z.array(sloTree) }),
    z.strictObject({
      kind: z.literal('compare'),
      metric: text,
      operator: z.enum(['<', '<=', '>', '>=', '==']),
      limit: number,
      text,
    }),
  ]),
);

const host = z.strictObject({
  cpu: text,
  cores: count,
  memoryBytes: count,
  kernel: text,
  node: text,
  loopback: z.boolean(),
  pinned: z.exactOptional(z.strictObject({ generator: text, server: text })),
});

const histogram = z.strictObject({
  unit: z.literal('us'),
  hdrV2: z.base64().describe('HDR histogram, V2, compressed'),
  count,
  overflow: count.describe('values above 2^31-1 us; they are in count'),
  p50: notNegative.nullable(),
  p90: notNegative.nullable(),
  p99: notNegative.nullable(),
  p999: notNegative.nullable(),
  max: notNegative,
  missing: count.describe('expected but never seen: infinitely late, and null where a percentile falls there'),
});

const counts = z.strictObject({
  expected: count,
  delivered: count,
  lost: count,
  duplicate: count,
  reordered: count,
  corrupt: count,
  edge: count,
  redelivered: count,
  lostAcrossReconnect: count,
  publishes: count,
  publishesRefused: count,
});

const clients = z.strictObject({
  kind: text,
  clients: count,
  holdBack: count.describe('of these, who reads slowly or stops: what they lack is in no count of the trial'),
  connects: count,
  opened: count,
  expected: count,
  received: count,
  lost: count,
  lostAcrossReconnect: count,
  resumed: count.describe('streams opened with the last event ID'),
  duplicate: count,
  redelivered: count,
  cut: count.describe('connections that ended though no plan says so'),
});

const window = z.strictObject({
  t: number.describe('ms from the begin of the trial'),
  phase: z.enum(['ramp', 'settle', 'measure', 'drain']),
  streams: count,
  offered: notNegative,
  delivered: notNegative,
  p50: notNegative.nullable(),
  p99: notNegative.nullable(),
  rss: notNegative.nullable(),
  cpu: notNegative.nullable(),
  elu: notNegative,
  psi: notNegative.nullable(),
  cpuWait: z.exactOptional(notNegative),
  foreignCpu: z.exactOptional(notNegative),
  bad: z.boolean().describe('broke a limit of the self-check'),
});

const server = z.strictObject({
  cpuNs: notNegative,
  cpuNsPerDelivery: notNegative,
  idleCpuNsPerSecond: notNegative,
  rssBytes: notNegative,
  rssBytesBefore: notNegative,
  rssBytesPerStream: number,
  heldMore: z.exactOptional(z.literal(true)),
  kernelBytesPerStream: number,
  fds: count,
});

const generator = z.strictObject({
  workers: count,
  cpuNs: notNegative,
  cpuNsPerDelivery: notNegative,
  rssBytes: notNegative,
  bytesPerStream: number,
  badWindows: share,
  canaryP99Us: z.exactOptional(notNegative),
  laterThanCanaryCi95: z.exactOptional(interval),
});

/** One measurement, also within what a shard found. */
export const trialSchema: z.ZodType<Trial> = z.strictObject({
  x: notNegative.describe('streams, publishes/s, or connects/s'),
  rep: count,
  validity,
  reasons: sentences,
  disturbed: z.exactOptional(z.literal(true)),
  settledAtMs: z.exactOptional(notNegative),
  unstable: z.boolean(),
  lowN: z.boolean(),
  connects: z.strictObject({ attempted: count, ok: count, dropped: count }),
  counts,
  hist: z.partialRecord(z.enum(histogramNames), histogram),
  p99Ci95: z.exactOptional(interval),
  fairness: z.exactOptional(
    z.strictObject({ jain: share, worst1pctUs: notNegative, positionBias: number.min(-1).max(1) }),
  ),
  server: z.exactOptional(server),
  generator,
  windows: z.array(window),
  findings: z.exactOptional(
    z.array(z.strictObject({ name: z.enum(findingNames), count: notNegative, sentence: text })),
  ),
  clients: z.exactOptional(z.array(clients)),
  scenario: z.exactOptional(z.record(text, z.union([number, text, z.boolean()]))),
});

const axis = z.enum(searchAxes);

const search = z.strictObject({ axis, stop: z.enum(stopReasons) });

const capacity = z.strictObject({
  axis,
  lo: notNegative,
  hi: notNegative.nullable(),
  ci95: interval,
  limitedBy: z.enum(['server', 'generator', 'time']),
  confirmed: z.boolean(),
  binding: z.exactOptional(text),
  knee: z.exactOptional(z.strictObject({ x: notNegative, ci95: interval })),
  nonMonotone: z.boolean(),
  recovered: z.boolean().nullable(),
  lowN: z.boolean(),
});

const models = z.strictObject({
  usl: z.exactOptional(
    z.strictObject({
      kind: z.enum(['usl', 'amdahl', 'linear']),
      gamma: number,
      alpha: notNegative,
      beta: notNegative,
      nMax: notNegative.nullable(),
      ci95: z.strictObject({ gamma: interval, alpha: interval, beta: interval }),
      aicc: number,
    }),
  ),
  memory: z.exactOptional(
    z.strictObject({
      base: number,
      perStream: number,
      perStreamCi95: interval,
      perBacklogByte: z.exactOptional(number),
      kernelPerStream: number,
    }),
  ),
  cpu: z.exactOptional(
    z.strictObject({
      idle: number,
      perStream: number,
      perDelivery: number,
      perConnect: number,
      perPublish: number,
    }),
  ),
  refusals: sentences,
});

const projection = z.strictObject({
  target: z.strictObject({ streams: notNegative, publishesPerS: notNegative }),
  nodes: interval,
  boundBy: z.enum(['cpu', 'memory', 'bandwidth', 'herd', 'capacity']),
  assumptions: sentences,
  hypothesis: z.boolean(),
});

const restRun = z.strictObject({
  requestsPerS: notNegative,
  answers: histogram,
  refused: count,
  errors: count,
  doubts: sentences,
});

/** What `bench.json` holds. `bench.schema.json` is made from it. */
export const benchResultSchema: z.ZodType<BenchResult> = z.strictObject({
  schema: z.literal('sse-bench/1'),
  id: text,
  seed: number,
  startedAt: text.describe('ISO 8601'),
  durationMs: notNegative,
  interrupted: z.exactOptional(z.literal(true)),
  tool: z.strictObject({ name: text, version: text }),
  host,
  target: z.strictObject({
    url: text,
    protocol: z.enum(['http/1.1', 'h2']),
    tls: z.boolean(),
    mode: z.enum(['published', 'paced', 'opaque']),
    pid: z.exactOptional(count),
    nodes: z.exactOptional(z.int().positive()),
    cpuShare: z.exactOptional(z.strictObject({ asked: share, ran: share })),
  }),
  plan: z.strictObject({
    scenario: z.enum(scenarioNames),
    params: z.record(text, z.union([number, text])),
    scheduleSha256: text,
  }),
  slo: z.exactOptional(z.strictObject({ expr: text, ast: sloTree })),
  verdict: z.strictObject({
    validity,
    reasons: sentences,
    slo: z.exactOptional(z.enum(['met', 'missed'])),
    binding: z.exactOptional(text),
  }),
  clock: z.strictObject({ method: text, offsetUs: number, boundUs: notNegative }),
  trials: z.array(trialSchema),
  rest: z.exactOptional(z.strictObject({ url: text, connections: count, alone: restRun, beside: restRun })),
  search: z.exactOptional(search),
  capacity: z.exactOptional(capacity),
  model: z.exactOptional(models),
  projection: z.exactOptional(z.array(projection)),
});

/** The JSON Schema of `bench.json` (draft 2020-12). */
export function benchJsonSchema(): object {
  return { title: 'A result of ssert bench', ...z.toJSONSchema(benchResultSchema) };
}

/**
 * Checks what was read from JSON.
 * @param name what it was read from, for the message
 * @throws SettingError that names the field at fault
 */
export function readBenchResult(value: unknown, name: string): BenchResult {
  const { data, error } = benchResultSchema.safeParse(value);
  if (data) return data;
  const [issue] = error.issues;
  const path = issue?.path.join('.') ?? '';
  throw new SettingError(
    name,
    path === '' ? 'no result' : `no result at ${path}`,
    `a bench.json (${issue?.message ?? ''})`,
  );
}
