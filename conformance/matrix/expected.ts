import type { RuleResult } from '@ssert/conformance';

/** Failed rules by server, as they were checked by hand. */
export type Expected = Readonly<Record<string, readonly string[]>>;

/**
 * What is known, once a run's findings are in: a rule that failed is listed, one that was judged otherwise is not, and
 * one that was not decided stays as it was. Servers that were not judged keep their lists.
 * @param order ids of all rules: the order of each list, and what is no rule any more is left out
 */
export function updated(
  expected: Expected,
  judged: readonly { readonly name: string; readonly results: readonly Pick<RuleResult, 'id' | 'verdict'>[] }[],
  order: readonly string[],
): Expected {
  const lists = judged.map(({ name, results }) => {
    const verdicts = new Map(results.map(({ id, verdict }) => [id, verdict]));
    const known = expected[name] ?? [];
    const stays = (id: string): boolean => {
      const verdict = verdicts.get(id) ?? 'inconclusive';
      return verdict === 'fail' || (['inconclusive', 'error'].includes(verdict) && known.includes(id));
    };
    return [name, order.filter(stays)] as const;
  });
  return { ...expected, ...Object.fromEntries(lists) };
}

/** What changed, a sentence each. */
export function changes(before: Expected, after: Expected): string[] {
  return Object.entries(after).flatMap(([name, rules]) => {
    const known = before[name] ?? [];
    return [
      ...rules.filter((id) => !known.includes(id)).map((id) => `${name}: ${id} is new`),
      ...known.filter((id) => !rules.includes(id)).map((id) => `${name}: ${id} is gone`),
    ];
  });
}
