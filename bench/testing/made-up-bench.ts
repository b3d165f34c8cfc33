import type { BenchResult, Trial } from '../src/results/bench-result.ts';
import { parseSlo } from '../src/slo/parse-slo.ts';
import { madeUpTrial, type TrialShape } from './made-up-trial.ts';

let trialsOf8000: readonly Trial[] | undefined;

/** A result such as a run leaves behind, made by a formula: nothing in it was measured. */
export function madeUpBench(changed: Partial<BenchResult> = {}): BenchResult {
  trialsOf8000 ??= searchTrials(8000);
  const expr = 'p99(delivery) < 250ms && loss == 0';
  return {
    schema: 'sse-bench/1',
    id: 'made-up-1',
    seed: 7,
    startedAt: '2026-01-05T09:00:00.000Z',
    durationMs: 1_140_000,
    tool: { name: 'ssert', version: '0.1.0' },
    host: {
      cpu: 'Made-up CPU 3000',
      cores: 8,
      memoryBytes: 32 * 2 ** 30,
      kernel: '6.12.0',
      node: '24.21.0',
      loopback: true,
      pinned: { generator: '0-3', server: '4' },
    },
    target: { url: 'http://127.0.0.1:4000/events', protocol: 'http/1.1', tls: false, mode: 'published', pid: 4242 },
    plan: {
      scenario: 'steady',
      params: { topics: 1, rate: 20, payloadBytes: 256, spacing: 'even', seed: changed.seed ?? 7 },
      scheduleSha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    },
    slo: { expr, ast: parseSlo(expr) },
    verdict: { validity: 'valid', reasons: [], slo: 'met', binding: 'p99(delivery) < 250ms' },
    clock: { method: 'one host: process.hrtime', offsetUs: 0, boundUs: 0 },
    trials: trialsOf8000,
    capacity: {
      axis: 'streams',
      lo: 7800,
      hi: 8192,
      ci95: [7550, 8260],
      limitedBy: 'server',
      confirmed: true,
      binding: 'p99(delivery) < 250ms',
      knee: { x: 6400, ci95: [5900, 7200] },
      nonMonotone: false,
      recovered: true,
      lowN: false,
    },
    ...changed,
  };
}

/** Trials of a search: doubling, then five each on both sides of the capacity. */
export function searchTrials(capacity: number): Trial[] {
  const lo = Math.round(capacity * 0.975);
  const hi = Math.round(capacity * 1.024);
  const doubling = [1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 0.8, 1.5].map((part) => ({
    x: Math.round(capacity * part),
  }));
  const around = [0, 1, 2, 3, 4].flatMap((rep) => [
    { x: lo, rep },
    { x: hi, rep },
  ]);
  return [...doubling, ...around].map((one, at) => trialAt(capacity, { ...one, seed: at + 1 }));
}

/** Five trials of one load, as for a comparison. */
export function repeatedTrials(medians: readonly number[], shape: Omit<TrialShape, 'x'> = {}): Trial[] {
  return medians.map((medianUs, rep) => madeUpTrial({ x: 2000, seed: rep + 1, rep, ...shape, medianUs }));
}

function trialAt(capacity: number, { x, rep = 0, seed }: { x: number; rep?: number; seed: number }): Trial {
  const load = x / capacity;
  // p99 is 250 ms at the capacity.
  const medianUs = 1200 + (61_600 - 1200) * load ** 6 * (1 + 0.02 * ((seed % 5) - 2));
  return madeUpTrial(
    { x, rep, seed, medianUs, seconds: 60, badSeconds: seed % 7 === 3 ? [21, 22] : [] },
    load > 1.2 ? { unstable: true } : { validity: seed % 7 === 3 ? 'suspect' : 'valid' },
  );
}
