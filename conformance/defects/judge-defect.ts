import { systemClock } from '@ssert/protocol/system';
import { type GivenFaults, startChaos } from '@ssert/simulator';
import { expect } from 'vitest';
import {
  areaOf,
  efforts,
  type Rule,
  type RuleResult,
  type RunOptions,
  run,
  serverRules,
  type TargetDefinition,
} from '../src/index.ts';
import { type Http2Behaviour, startHttp2Front } from './plain-http2-server.ts';
import { type Behaviour, promisedReplay, startPlainServer } from './plain-server.ts';
import { expectNoneAccused } from './wrongly-accused.ts';

/** What a target promises differently; undefined takes a promise or an access back. */
type Changes = { readonly [Key in keyof TargetDefinition]?: TargetDefinition[Key] | undefined };
export type TargetChanges = Changes | ((url: string) => Changes);

/** A server that is right in all but one thing. */
export interface Defect {
  /** What a reader of its source would say is wrong. */
  readonly name: string;
  readonly behaviour: Partial<Behaviour>;
  /** How it speaks HTTP/2, where it does. */
  readonly http2?: Partial<Http2Behaviour>;
  /** The rule that must turn red. */
  readonly breaks: string;
  /** What the rule says, where that is not what its level says. */
  readonly verdict?: 'fail' | 'warn';
  /** Rules that cannot but turn red as well, or may. */
  readonly alsoBreaks?: readonly string[];
  /** What its target promises beyond `plainTarget`. */
  readonly target?: TargetChanges;
}

/** Short bounds, so that the waiting rules take a second or two. */
export const shortBounds = {
  open: 1000,
  event: 250,
  'idle-soft': 1000,
  'idle-hard': 2000,
  gone: 1000,
  life: 1100,
} as const;

/** With these, readers that stop for long are watched as well. */
export const stallBounds = { ...shortBounds, life: 1500, stall: 500, silent: 800 } as const;

/** The plain server as a target with all it promises. */
export function plainTarget(url: string, changes: TargetChanges = {}): TargetDefinition {
  const promised: TargetDefinition = {
    stream: `${url}/stream`,
    publish: `${url}/publish`,
    stats: { url: `${url}/stats`, pointer: '/openStreams' },
    profile: ['live', 'resumable', 'browser'],
    replay: promisedReplay,
    firstConnection: 'live',
    slowPolicy: 'drop',
    origin: 'http://app.example',
    capacity: 300,
    goneUrl: `${url}/gone`,
    refusedUrls: [`${url}/stream?topic=nowhere`],
    bounds: shortBounds,
  };
  const changed = typeof changes === 'function' ? changes(url) : changes;
  const given = Object.entries({ ...promised, ...changed }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as unknown as TargetDefinition;
}

/** Examples come before chance, so few runs find what a planted defect shows. */
const effort = { ...efforts.quick, runs: 12 };

/** Every rule for every server takes half an hour of two cores: done on request, and before a release. */
const wholeSuite = process.env.SSERT_WHOLE_SUITE === '1';

/** The rules of these areas, those that look on, and some more; every rule where the environment asks for that. */
function rulesOf(areas: readonly string[], more: readonly string[] = []): readonly Rule[] {
  if (wholeSuite) return serverRules;
  return serverRules.filter(
    (rule) => areas.includes(areaOf(rule)) || more.includes(rule.id) || rule.phase === 'passive',
  );
}

/** Judges a target by rules, every one unless told otherwise, and gives the results. */
export async function judge(
  definition: TargetDefinition,
  rules: readonly Rule[] = serverRules,
  more: Partial<RunOptions> = {},
): Promise<RuleResult[]> {
  const results: RuleResult[] = [];
  for await (const event of run(definition, { rules, clock: systemClock, seed: 20261124, effort, ...more })) {
    if (event.kind === 'result') results.push(event.result);
    if (event.kind === 'broken-off') throw new Error(`${event.why}: ${event.message}`);
  }
  return results;
}

/** Results by verdict, each with what it says: what a failing expectation should print. */
export function described(
  results: readonly RuleResult[],
  ...verdicts: RuleResult['verdict'][]
): Record<string, string> {
  const chosen = results.filter(({ verdict }) => verdicts.includes(verdict));
  return Object.fromEntries(chosen.map(({ id, verdict, message }) => [id, `${verdict}: ${message}`]));
}

/** What makes a plain server another one. */
export type PlainServerChanges = Pick<Defect, 'behaviour' | 'http2' | 'target'> & {
  /** What the network in front of it does. Default nothing. */
  readonly network?: GivenFaults;
};

/** Runs a plain server, over HTTP/2 as well where it speaks that, for as long as it is used. */
export async function withPlainServer<T>(
  { behaviour, http2, target = {}, network }: PlainServerChanges,
  use: (definition: TargetDefinition) => Promise<T>,
): Promise<T> {
  const server = await startPlainServer(behaviour);
  const front = http2 === undefined ? undefined : await startHttp2Front(server, http2);
  const { url } = front ?? server;
  const chaos = network && (await startChaos({ target: url, faults: network, seed: 7 }));
  try {
    const definition = plainTarget((chaos ?? { url }).url, target);
    return await use(front ? { ...definition, profile: [...(definition.profile ?? []), 'h2'] } : definition);
  } finally {
    await chaos?.close();
    await server.close();
    await front?.stop();
  }
}

/** Judges a plain server by the rules of these areas, and those that look on. */
export function judgePlainServer(changes: PlainServerChanges, areas: readonly string[]): Promise<RuleResult[]> {
  return withPlainServer(changes, (definition) => judge(definition, rulesOf(areas)));
}

/** Runs the area of a defect's rule against it: the rule turns red, and nothing does that the defect does not name. */
export async function expectFound(defect: Defect): Promise<void> {
  const { breaks, alsoBreaks = [] } = defect;
  const rule = serverRules.find(({ id }) => id === breaks);
  // What it breaks besides is judged as well: some rules see a fault only in what those bring about.
  const rules = rulesOf(rule ? [areaOf(rule)] : [], alsoBreaks);
  const results = await withPlainServer(defect, (definition) => judge(definition, rules));
  // First, so that a test which is tried again as its rule was undecided has accused nobody.
  const red = described(results, 'fail', 'warn', 'error');
  for (const allowed of [breaks, ...alsoBreaks]) delete red[allowed];
  expectNoneAccused(red);
  const found = results.find(({ id }) => id === breaks);
  const verdict = defect.verdict ?? (rule?.level === 'MUST' ? 'fail' : 'warn');
  expect(`${found?.verdict}: ${found?.message}`).toMatch(new RegExp(`^${verdict}: `));
}
