import { systemClock } from '@ssert/protocol/system';
import { expect } from 'vitest';
import { adapterHere, type ClientRule, clientRules, runClient } from '../src/client/index.ts';
import { efforts, type RuleResult } from '../src/index.ts';
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
}

/** Every rule for every client takes a while: done on request, and before a release. */
const wholeSuite = process.env.SSERT_WHOLE_SUITE === '1';

/** Judges a literal client with changes. */
export async function judgeClient(
  changes: Partial<ClientBehaviour>,
  rules: readonly ClientRule[],
  watchMs: number = efforts.quick.watchMs,
): Promise<RuleResult[]> {
  const results: RuleResult[] = [];
  const options = {
    rules,
    clock: systemClock,
    seed: 20261124,
    effort: { ...efforts.quick, runs: 15, watchMs },
    jobs: 8,
  };
  for await (const event of runClient(adapterHere(literalClient(changes)), options)) {
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
export async function expectFoundInClient({ behaviour, breaks, alsoBreaks }: ClientDefect): Promise<void> {
  const rule = clientRules.find(({ id }) => id === breaks);
  expect(rule, `there is a rule ${breaks}`).toBeDefined();
  const rules = wholeSuite ? clientRules : rule ? [rule] : [];
  const results = await judgeClient(behaviour, rules, Number.POSITIVE_INFINITY);
  const found = results.find(({ id }) => id === breaks);
  expect(`${found?.verdict}: ${found?.message}`).toMatch(rule?.level === 'MUST' ? /^fail: / : /^warn: /);
  const surprises = Object.entries(redOf(results)).filter(([id]) => id !== breaks && !alsoBreaks?.test(id));
  expect(Object.fromEntries(surprises)).toEqual({});
}
