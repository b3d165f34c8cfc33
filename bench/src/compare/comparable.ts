import type { BenchResult } from '../results/bench-result.ts';

/** What must be the same, or a difference says nothing of the server; each with its name and where it stands. */
const conditions: readonly (readonly [name: string, of: (result: BenchResult) => unknown])[] = [
  ['the scenario', ({ plan }) => plan.scenario],
  ['the schedule (--seed)', ({ plan }) => plan.scheduleSha256],
  ['who stamps the intended time', ({ target }) => target.mode],
  ['the HTTP version', ({ target }) => target.protocol],
  ['TLS', ({ target }) => target.tls],
  ['the CPU', ({ host }) => host.cpu],
  ['the number of cores', ({ host }) => host.cores],
  ['the memory', ({ host }) => host.memoryBytes],
  ['the kernel', ({ host }) => host.kernel],
  ["the generator's Node", ({ host }) => host.node],
  ['loopback', ({ host }) => host.loopback],
  ['the share of the CPU', ({ target }) => target.cpuShare?.asked ?? 'all'],
  ['the pinning to CPUs', ({ host }) => host.pinned ?? 'none'],
];

/** Why results cannot be compared; empty where they can. */
export function comparisonRefusals(results: readonly BenchResult[]): string[] {
  const invalid = results
    .filter(({ verdict }) => verdict.validity === 'invalid')
    .map(({ id, verdict }) => `${id} is invalid: ${verdict.reasons[0] ?? 'run it again'}`);
  const params = new Set(results.flatMap(({ plan }) => Object.keys(plan.params)));
  const everything: typeof conditions = [
    ...conditions,
    ...[...params].map(
      (name) => [`the plan's ${name}`, ({ plan }: BenchResult) => plan.params[name] ?? 'none'] as const,
    ),
  ];
  const different = everything.flatMap(([name, of]) => {
    const values = [...new Set(results.map((result) => JSON.stringify(of(result))))];
    return values.length < 2 ? [] : [`${name} differs: ${values.join(' and ')}`];
  });
  return [...invalid, ...different];
}

/** Whether no side was done before the other began. */
export function wereInTurns(a: readonly BenchResult[], b: readonly BenchResult[]): boolean {
  const spans = [a, b].map((side) => ({
    from: Math.min(...side.map(({ startedAt }) => Date.parse(startedAt))),
    to: Math.max(...side.map(({ startedAt, durationMs }) => Date.parse(startedAt) + durationMs)),
  }));
  const [one, other] = spans as [(typeof spans)[number], (typeof spans)[number]];
  return one.from < other.to && other.from < one.to;
}
