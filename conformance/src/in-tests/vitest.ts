import { afterAll, beforeAll, describe, test } from 'vitest';
import { areaOf, areas, type Rule } from '../rule.ts';
import { serverRules } from '../rules/index.ts';
import { selectRules } from '../select-rules.ts';
import type { TargetDefinition } from '../target.ts';
import { type ConformanceOptions, type ConformanceResult, runConformance } from './run-conformance.ts';

export type { ConformanceOptions } from './run-conformance.ts';

/** The server to judge: its description, or a function that starts it and then describes it. */
export type ConformanceTarget = TargetDefinition | (() => TargetDefinition | Promise<TargetDefinition>);

/**
 * Registers one vitest test per rule, in a `describe` per area. The suite runs once, for the rules whose tests are
 * going to run, so `-t` and `.skip` save their time as well. Known failures, skipped and undecided rules show as skipped
 * tests with the reason; a warning is an annotation of a test that passes, unless `strict` is set.
 * @param options.timeoutMs default ten minutes, for all rules together; as long again for a function that starts the server
 * @param options.signal ends the run early, and fails the tests that have no result by then
 * @throws SettingError for a selection that fits no rule
 */
export function describeConformance(target: ConformanceTarget, options: ConformanceOptions = {}): void {
  const timeoutMs = options.timeoutMs ?? 600_000;
  const rules = selectRules(serverRules, options);
  describe('event stream conformance', () => {
    const results = new Map(rules.map(({ id }) => [id, Promise.withResolvers<ConformanceResult>()]));
    // A test that never asks for its result is no unhandled rejection.
    for (const { promise } of results.values()) promise.catch(() => undefined);
    const stop = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
    let running: Promise<void> | undefined;

    // biome-ignore lint/correctness/noEmptyPattern: vitest asks for a pattern here, and nothing of it is needed.
    beforeAll(async ({}, suite) => {
      const wanted = new Set(namesToRun(suite.tasks));
      const rule = rules.filter((one) => wanted.has(testName(one))).map(({ id }) => id);
      if (rule.length === 0) return;
      const definition = typeof target === 'function' ? await target() : target;
      const chosen = { ...options, rule, skip: [], area: [], timeoutMs, signal };
      running = hand(runConformance(definition, chosen), results);
    }, timeoutMs);
    afterAll(async () => {
      stop.abort();
      await running;
    });

    for (const area of areas) {
      const ofArea = rules.filter((rule) => areaOf(rule) === area);
      if (ofArea.length === 0) continue;
      describe(area, () => {
        for (const rule of ofArea) {
          test(testName(rule), { timeout: timeoutMs + 10_000 }, async ({ skip, annotate }) => {
            const result = await results.get(rule.id)?.promise;
            if (result?.error) throw result.error;
            if (result?.skipped !== undefined) skip(result.skipped);
            if (result?.verdict === 'warn') await annotate(result.message ?? 'a warning', 'warning');
          });
        }
      });
    }
  });
}

function testName({ id, title }: Rule): string {
  return `${id}: ${title}`;
}

type Results = ReadonlyMap<string, PromiseWithResolvers<ConformanceResult>>;

/** Hands each result to its test; when the run breaks off, the rest of them fail with the reason. */
async function hand(run: AsyncIterable<ConformanceResult>, results: Results): Promise<void> {
  let why: unknown = new Error('the run ended without judging this rule');
  try {
    for await (const result of run) results.get(result.id)?.resolve(result);
  } catch (error) {
    why = error;
  }
  for (const { reject } of results.values()) reject(why);
}

interface Task {
  readonly name: string;
  readonly mode: string;
  readonly tasks?: readonly Task[];
}

/** Tests that neither a filter nor `.skip` takes out. */
function namesToRun(tasks: readonly Task[]): string[] {
  return tasks.flatMap(({ name, mode, tasks: inner }) => {
    if (inner) return namesToRun(inner);
    return mode === 'run' || mode === 'queued' ? [name] : [];
  });
}
