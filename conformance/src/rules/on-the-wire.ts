import { sample } from 'fast-check';
import type { RuleContext } from '../context.ts';
import type { Observations } from '../observations.ts';
import { anyText } from '../payload.ts';
import { fail, inconclusive, type Judgement, pass, warn } from '../verdict.ts';

/**
 * A judge that only looks on: the worst violation of a rule that the inspector met on any stream of the run.
 * @param rule the rule's id, as violations carry it
 * @param seen says what was looked through when nothing was found, undefined where that was nothing, or judges itself
 */
export function onTheWire(
  rule: string,
  seen: (observations: Observations) => string | Judgement | undefined,
): (context: RuleContext) => Promise<Judgement> {
  return async (context) => {
    if (context.observations.streams < 2) await gather(context);
    const sightings = context.observations.of(rule).filter(({ violation }) => violation.severity !== 'note');
    const [worst] = sightings;
    if (worst) {
      const { violation, exchange } = worst;
      const times = sightings.length === 1 ? '' : ` (${sightings.length} times in this run)`;
      const detail = { evidence: exchange.evidenceOf(violation), reproduce: context.curl() };
      return (violation.severity === 'error' ? fail : warn)(`${violation.message}${times}`, detail);
    }
    const looked = seen(context.observations);
    if (looked === undefined) return inconclusive('nothing of the kind was sent during this run');
    return typeof looked === 'string' ? pass(looked) : looked;
  };
}

/** Where no other rule opened a stream, this gets something to look at. */
async function gather(context: RuleContext): Promise<void> {
  const stream = await context.subscribe();
  if (context.target.publish !== undefined) {
    for (const data of sample(anyText, { seed: context.seed, numRuns: 20 })) await context.publish({ data });
  }
  await stream.until(() => (stream.dispatched >= 20 || stream.end ? true : undefined), 3000);
  stream.close();
}
