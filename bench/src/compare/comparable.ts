import type { BenchResult, Plan, ScenarioName } from '../results/bench-result.ts';

/** What must be the same, or a difference says nothing of the server; each with its name and where it stands. */
const conditions: readonly (readonly [name: string, of: (result: BenchResult) => unknown])[] = [
  ['the scenario', ({ plan }) => plan.scenario],
  ['the schedule', ({ plan }) => plan.scheduleSha256],
  ['who stamps the intended time', ({ target }) => target.mode],
  ['the number of requests at once beside the streams', ({ rest }) => rest?.connections ?? 'none'],
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

/** What these scenarios draw from the seed, beside the schedule. */
const drawnBy: Readonly<Partial<Record<ScenarioName, string>>> = {
  churn: 'who leaves when',
  soak: 'who leaves when',
  slow: 'who reads slowly',
  population: 'what the clients do',
};

/** Why results cannot be compared; empty where they can. */
export function comparisonRefusals(results: readonly BenchResult[]): string[] {
  const invalid = results
    .filter(({ verdict }) => verdict.validity === 'invalid')
    .map(({ id, verdict }) => `${id} is invalid: ${verdict.reasons[0] ?? 'run it again'}`);
  const params = new Set(results.flatMap(({ plan }) => Object.keys(plan.params)));
  // Each run draws another seed where none is given: it has a sentence of its own, where it makes a difference.
  params.delete('seed');
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
  return [...invalid, ...different, ...differentSeeds(results)];
}

/** Seeds that differ, where that lets the runs do different things. */
function differentSeeds(results: readonly BenchResult[]): string[] {
  const seeds = [...new Set(results.map(({ seed }) => seed))];
  const schedules = new Set(results.map(({ plan }) => plan.scheduleSha256)).size;
  const drawn = results.flatMap(({ plan }) => drawnFromSeed(plan, schedules > 1) ?? [])[0];
  if (seeds.length < 2 || drawn === undefined) return [];
  return [
    `the seed differs: ${seeds.join(' and ')}, and ${drawn} is drawn from it: give both runs the same --seed ${seeds[0]}`,
  ];
}

function drawnFromSeed({ scenario, params }: Plan, schedulesDiffer: boolean): string | undefined {
  if (params.spacing === 'poisson') return 'when clients connect, and what is published when,';
  if (scenario === 'herd' && params.jitter === 'full') return 'how long clients wait';
  // A trace is the same with every seed, a profile is not.
  if (scenario === 'burst' && schedulesDiffer) return 'what is published when';
  return drawnBy[scenario];
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
