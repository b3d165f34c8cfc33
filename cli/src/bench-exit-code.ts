import type { BenchResult } from '@ssert/bench';

/** The exit code that a run's verdict stands for. */
export function benchExitCode({ verdict, trials, interrupted, search, capacity }: BenchResult): number {
  if (verdict.validity === 'invalid' || trials.every(({ connects }) => connects.ok === 0)) return 3;
  if (search && !capacity && verdict.slo === undefined) return 3;
  if (interrupted) return 130;
  return verdict.slo === 'missed' ? 1 : 0;
}
