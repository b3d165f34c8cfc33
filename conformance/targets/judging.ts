import { efforts, run, serverRules, type TargetDefinition } from '@ssert/conformance';
import { systemClock } from '@ssert/protocol/system';
import { judgedBy } from '../matrix/judge-one.ts';
import type { Judged, JudgeOptions } from '../matrix/judged.ts';

/** Runs the suite on one server; tells on standard error how far it is. */
export function judge(name: string, target: TargetDefinition, options: JudgeOptions): Promise<Judged> {
  const { quick, seed, signal } = options;
  const effort = quick ? efforts.quick : efforts.default;
  const events = run(target, { rules: serverRules, clock: systemClock, seed, effort, signal });
  return judgedBy(name, events, (event) => {
    if (event.kind === 'broken-off') process.stderr.write(`${name}: broken off: ${event.message}\n`);
    if (event.kind === 'phase') process.stderr.write(`${name}: ${event.phase}, ${event.rules} rules\n`);
  });
}
