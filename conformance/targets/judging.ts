import { efforts, type RuleResult, run, serverRules, type TargetDefinition } from '@ssert/conformance';
import { systemClock } from '@ssert/protocol/system';
import type { Judged, JudgeOptions } from '../matrix/judged.ts';

/** Runs the suite on one server; tells on standard error how far it is. */
export async function judge(name: string, target: TargetDefinition, options: JudgeOptions): Promise<Judged> {
  const results: RuleResult[] = [];
  const startedAtMs = systemClock.now();
  let problem: string | undefined;
  const { quick, seed, signal } = options;
  const effort = quick ? efforts.quick : efforts.default;
  for await (const event of run(target, { rules: serverRules, clock: systemClock, seed, effort, signal })) {
    if (event.kind === 'result') results.push(event.result);
    if (event.kind === 'broken-off') {
      problem = event.message;
      process.stderr.write(`${name}: broken off: ${event.message}\n`);
    }
    if (event.kind === 'phase') process.stderr.write(`${name}: ${event.phase}, ${event.rules} rules\n`);
  }
  const durationMs = systemClock.now() - startedAtMs;
  return { name, results, durationMs, ...(problem === undefined ? {} : { problem }) };
}
