import {
  type Effort,
  type HarnessFigures,
  type RuleResult,
  run,
  serverRules,
  type TargetDefinition,
} from '@ssert/conformance';
import { systemClock } from '@ssert/protocol/system';
import { plantedDefects } from '../defects/index.ts';
import { type Defect, type PlainServerChanges, withPlainServer } from '../defects/judge-defect.ts';
import { processDefects } from '../defects/process.ts';
import { processTarget } from '../defects/process-target.ts';
import { legalVariants } from '../legal/index.ts';
import { legalProcesses } from '../legal/process.ts';
import reference from '../targets/reference/ssert.target.ts';

/** What one run on a server told. */
export interface Told {
  readonly results: readonly RuleResult[];
  readonly harness: HarnessFigures | undefined;
  /** Why there are no results, or not all. */
  readonly problem: string | undefined;
}

export interface RunSettings {
  readonly effort: Effort;
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** A server of which it is known what the suite must say. */
export interface Case {
  /** `legal/http: redirects to where the stream is`. */
  readonly name: string;
  readonly expects: Expected;
  judge(settings: RunSettings): Promise<Told>;
}

export type Expected =
  /** No rule accuses it; these may warn. */
  | { readonly kind: 'innocent'; readonly mayWarn: readonly string[] }
  /** This rule finds it, with this verdict. */
  | { readonly kind: 'defect'; readonly rule: string; readonly verdict: 'fail' | 'warn' };

/**
 * The reference server, the legal family and the planted defects. A defect is judged by its own rule alone, and by all
 * where that rule only looks on.
 * @param folder where servers may keep what outlives them
 */
export function allCases(folder: string): readonly Case[] {
  return [
    onTarget('reference', reference, { kind: 'innocent', mayWarn: [] }),
    onPlainServer('legal/plain: keeps every rule', { behaviour: {} }, { kind: 'innocent', mayWarn: [] }),
    ...Object.entries(legalVariants).flatMap(([file, variants]) =>
      variants.map((variant) => {
        const mayWarn = variant.mayWarn ?? [];
        return onPlainServer(`legal/${file}: ${variant.name}`, variant, { kind: 'innocent', mayWarn });
      }),
    ),
    ...legalProcesses.map(({ name, variant, target, mayWarn = [] }) => {
      const expects = { kind: 'innocent', mayWarn } as const;
      return onTarget(`legal/process: ${name}`, processTarget(variant, folder, target), expects, isAboutProcess);
    }),
    ...Object.entries(plantedDefects).flatMap(([file, defects]) =>
      defects.map((defect) => onPlainServer(`defects/${file}: ${defect.name}`, defect, expectationOf(defect))),
    ),
    ...processDefects.map((defect) =>
      onTarget(
        `defects/process: ${defect.name}`,
        processTarget(defect.variant, folder, defect.target),
        expectationOf(defect),
      ),
    ),
  ];
}

const isAboutProcess = (id: string): boolean => serverRules.find((rule) => rule.id === id)?.phase === 'process';

function expectationOf({ breaks, verdict }: Pick<Defect, 'breaks' | 'verdict'>): Expected {
  const level = serverRules.find(({ id }) => id === breaks)?.level;
  return { kind: 'defect', rule: breaks, verdict: verdict ?? (level === 'MUST' ? 'fail' : 'warn') };
}

function onPlainServer(name: string, changes: PlainServerChanges, expects: Expected): Case {
  const judge: Case['judge'] = (settings) =>
    withPlainServer(changes, (target) => judgeTarget(target, settings, rulesFor(expects)));
  return { name, expects, judge };
}

function onTarget(
  name: string,
  target: TargetDefinition,
  expects: Expected,
  isWanted: (id: string) => boolean = rulesFor(expects),
): Case {
  return { name, expects, judge: (settings) => judgeTarget(target, settings, isWanted) };
}

function rulesFor(expects: Expected): (id: string) => boolean {
  if (expects.kind === 'innocent') return () => true;
  const onlyLooksOn = serverRules.find(({ id }) => id === expects.rule)?.phase === 'passive';
  return (id) => onlyLooksOn || id === expects.rule;
}

async function judgeTarget(
  target: TargetDefinition,
  settings: RunSettings,
  isWanted: (id: string) => boolean,
): Promise<Told> {
  const results: RuleResult[] = [];
  let harness: HarnessFigures | undefined;
  let problem: string | undefined;
  const rules = serverRules.filter(({ id }) => isWanted(id));
  for await (const event of run(target, { ...settings, rules, clock: systemClock })) {
    if (event.kind === 'result') results.push(event.result);
    if (event.kind === 'broken-off') problem = event.message;
    if (event.kind === 'finished') harness = event.harness;
  }
  return { results, harness, problem };
}
