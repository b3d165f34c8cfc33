import type { Clock } from '@ssert/protocol';
import { systemClock } from '@ssert/protocol/system';
import { expect } from 'vitest';
import { expectNoneAccused } from '../defects/wrongly-accused.ts';
import { adapterHere, type ClientRule, clientRules, runClient, type SubjectSource } from '../src/client/index.ts';
import { type Effort, efforts, type RuleResult } from '../src/index.ts';
import type { ClientBehaviour } from './literal-behaviour.ts';
import { literalClient } from './literal-client.ts';

/** A client that is right in all but one thing. */
export interface ClientDefect {
  /** What a reader of its source would say is wrong. */
  readonly name: string;
  readonly behaviour: Partial<ClientBehaviour>;
  /** The rule that must turn red. */
  readonly breaks: string;
  /** Rules that cannot but turn red as well, as regular expressions on their ids. */
  readonly alsoBreaks?: RegExp;
  /** The rule takes minutes: time goes so many times faster for harness and client. */
  readonly hasty?: number;
}

/** Every rule for every client takes a while: done on request, and before a release. */
const wholeSuite: boolean = process.env.SSERT_WHOLE_SUITE === '1';

/** Judges a literal client with changes. */
export function judgeClient(
  changes: Partial<ClientBehaviour>,
  rules: readonly ClientRule[],
  watchMs?: number,
  hasty?: number,
): Promise<RuleResult[]> {
  return judgeSubject(adapterHere(literalClient(changes)), rules, watchMs, hasty);
}

async function judgeSubject(
  source: SubjectSource,
  rules: readonly ClientRule[],
  watchMs: number = efforts.quick.watchMs,
  hasty?: number,
  effort: Effort = hasty === undefined ? efforts.quick : efforts.thorough,
): Promise<RuleResult[]> {
  const results: RuleResult[] = [];
  const options = {
    rules,
    clock: hasty === undefined ? systemClock : hastyClock(hasty),
    seed: 20261124,
    effort: { ...effort, runs: 15, watchMs },
    jobs: 8,
  };
  for await (const event of runClient(source, options)) {
    if (event.kind === 'result') results.push(event.result);
    if (event.kind === 'broken-off') throw new Error(`${event.why}: ${event.message}`);
  }
  return results;
}

/** What is red, each with what it says. */
export function redOf(results: readonly RuleResult[]): Record<string, string> {
  const red = results.filter(({ verdict }) => ['fail', 'warn', 'error'].includes(verdict));
  return Object.fromEntries(red.map(({ id, verdict, message }) => [id, `${verdict}: ${message}`]));
}

/** The defect turns its rule red; where the whole suite is asked for, nothing that it does not name. */
export async function expectFoundInClient({ behaviour, breaks, alsoBreaks, hasty }: ClientDefect): Promise<void> {
  const rules = wholeSuite ? clientRules : ruleOf(breaks);
  const results = await judgeClient(behaviour, rules, Number.POSITIVE_INFINITY, hasty);
  const surprises = Object.entries(redOf(results)).filter(([id]) => id !== breaks && !alsoBreaks?.test(id));
  expectNoneAccused(Object.fromEntries(surprises));
  expectRed(results, breaks);
}

/** The same for a client that is not here: one in a page, or in a process of its own. */
export async function expectFoundInSubject(source: SubjectSource, ...breaks: readonly string[]): Promise<void> {
  const isQuick = !wholeSuite && !breaks.some((id) => leftOutOfQuickRuns.includes(id));
  const effort = isQuick ? efforts.quick : efforts.default;
  const results = await judgeSubject(source, breaks.flatMap(ruleOf), Number.POSITIVE_INFINITY, undefined, effort);
  for (const id of breaks) expectRed(results, id);
}

/** Rules that send too much for a quick run, or connect too often. */
const leftOutOfQuickRuns: readonly string[] = ['limits/endless-ignored-line', 'limits/reconnections-leak-nothing'];

function ruleOf(id: string): readonly ClientRule[] {
  const rules = clientRules.filter((rule) => rule.id === id);
  expect(rules, `there is a rule ${id}`).toHaveLength(1);
  return rules;
}

function expectRed(results: readonly RuleResult[], id: string): void {
  const found = results.find((one) => one.id === id);
  expect(`${found?.verdict}: ${found?.message}`).toMatch(found?.level === 'MUST' ? /^fail: / : /^warn: /);
}

/** The system's clock, so many times faster. */
function hastyClock(times: number): Clock {
  return {
    ...systemClock,
    now: () => systemClock.now() * times,
    after: (ms, callback) => systemClock.after(ms / times, callback),
  };
}
