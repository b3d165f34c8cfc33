import type { HarnessFigures, RuleResult } from '@ssert/conformance';
import { table } from '@ssert/simulator';
import type { Case, Expected, Told } from './cases.ts';

export type EffortName = 'quick' | 'full';

/** One run on one server, as the file of `--json` keeps it. */
export interface RunRecord {
  readonly server: string;
  readonly effort: EffortName;
  /** From 1 up. */
  readonly turn: number;
  readonly seed: number;
  readonly durationMs: number;
  readonly harness: HarnessFigures | undefined;
  readonly problem: string | undefined;
  /** Everything but passes and skips. */
  readonly said: readonly Pick<RuleResult, 'id' | 'verdict' | 'message'>[];
}

/** What a run told, kept. */
export function recordOf(
  run: Pick<RunRecord, 'server' | 'effort' | 'turn' | 'seed' | 'durationMs'>,
  { results, harness, problem }: Told,
): RunRecord {
  const said = results
    .filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip')
    .map(({ id, verdict, message }) => ({ id, verdict, ...(message === undefined ? {} : { message }) }));
  return { ...run, harness, problem, said };
}

/** Something that a run under load should not have told, or should have and did not. */
export interface Surprise {
  readonly kind: 'accusation' | 'miss' | 'problem';
  readonly run: RunRecord;
  readonly message: string;
}

/** Where the runs under load differ from what must be said of their servers. */
export function surprisesOf(records: readonly RunRecord[], cases: readonly Case[]): Surprise[] {
  const expected = new Map(cases.map(({ name, expects }) => [name, expects]));
  return records.flatMap((run) => {
    const expects = expected.get(run.server);
    if (expects === undefined) return [];
    const problem: Surprise[] = run.problem === undefined ? [] : [{ kind: 'problem', run, message: run.problem }];
    return [...problem, ...(expects.kind === 'defect' ? missOf(run, expects) : accusationsOf(run, expects))];
  });
}

function missOf(run: RunRecord, expects: Extract<Expected, { kind: 'defect' }>): Surprise[] {
  const found = run.said.find(({ id }) => id === expects.rule);
  if (found?.verdict === expects.verdict) return [];
  const said = found ? `${found.verdict}: ${found.message}` : 'pass or skip';
  return [{ kind: 'miss', run, message: `${expects.rule} ${said}` }];
}

function accusationsOf(run: RunRecord, { mayWarn }: Extract<Expected, { kind: 'innocent' }>): Surprise[] {
  return run.said
    .filter(({ verdict }) => verdict === 'fail' || verdict === 'warn' || verdict === 'error')
    .filter(({ id, verdict }) => !(verdict === 'warn' && mayWarn.includes(id)))
    .map(({ id, verdict, message }) => ({ kind: 'accusation', run, message: `${id} ${verdict}: ${message}` }));
}

/** The runs under load by group of servers, and what was surprising, each with the seed that repeats it. */
export function report(records: readonly RunRecord[], cases: readonly Case[]): string {
  const surprises = surprisesOf(records, cases);
  const groups = Map.groupBy(records, ({ server }) => groupOf(server));
  const rows = [...groups].map(([group, runs]) => {
    const here = (kind: Surprise['kind']): string =>
      String(surprises.filter((one) => one.kind === kind && groupOf(one.run.server) === group).length);
    const servers = new Set(runs.map(({ server }) => server)).size;
    const undecided = runs.reduce((sum, { said }) => sum + said.filter(isUndecided).length, 0);
    const delays = runs.map(({ harness }) => harness?.eventLoopDelayWorstMs ?? 0);
    const pressures = runs.map(({ harness }) => harness?.cpuPressureShare ?? 0);
    const pressure = pressures.reduce((sum, share) => sum + share, 0) / runs.length;
    return [
      group,
      ...[servers, runs.length].map(String),
      ...[here('accusation'), here('miss'), here('problem')],
      String(undecided),
      `${Math.round(Math.max(...delays))} ms`,
      `${Math.round(pressure * 100)}%`,
    ];
  });
  const head = ['group', 'servers', 'runs', 'accusations', 'misses', 'problems', 'undecided', 'delay', 'pressure'];
  return [table([head, ...rows]), ...surprises.map(line), ...undecidedLines(records)].join('\n');
}

function groupOf(server: string): string {
  return server.split(':', 1)[0] ?? server;
}

function isUndecided({ verdict }: { readonly verdict: string }): boolean {
  return verdict === 'inconclusive';
}

function line({ kind, run, message }: Surprise): string {
  return `\n${kind.toUpperCase()}  ${run.server}  (${run.effort} ${run.turn}, seed ${run.seed})\n    ${message}`;
}

/** Which rules were left undecided, and how often. */
function undecidedLines(runs: readonly RunRecord[]): string[] {
  const ids = runs.flatMap(({ said }) => said.filter(isUndecided).map(({ id }) => id));
  const counts = [...Map.groupBy(ids, (id) => id)].map(([id, all]) => [id, all.length] as const);
  if (counts.length === 0) return [];
  const lines = counts.sort(([, a], [, b]) => b - a).map(([id, count]) => `  ${String(count).padStart(5)}  ${id}`);
  return ['\nundecided', ...lines];
}
