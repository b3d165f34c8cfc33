import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass } from '../../verdict.ts';
import { type PastStalledReaders, pastOneStalledReader, pastStalledReaders } from './past-stalled-readers.ts';
import { fillBytes, inMib } from './stalled-scene.ts';

/** Both must be exceeded: so many times the delay without stalled readers, and so many ms more. */
const ratio = 3;
const excessMs = 50;

export const othersNotDelayed: Rule = {
  id: 'backpressure/others-not-delayed',
  code: 'SB-01',
  level: 'MUST',
  title: 'A stalled reader does not delay the others',
  statement: 'A reader that stops reading does not delay the events of the others.',
  spec: [cwe(400)],
  access: ['publish'],
  phase: 'crowd',
  disruptive: true,
  budgetMs: () => 180_000,
  judge: async (context) => {
    void context.carriage;
    const seen: PastStalledReaders[] = [];
    for (const stalledReaders of context.effort.name === 'quick' ? [1] : [1, 8]) {
      let tries = 0;
      const outcome = await repeatBeforeAccusing(
        context,
        async (patience) => {
          tries += 1;
          return tries === 1 && stalledReaders === 1
            ? pastOneStalledReader(context)
            : pastStalledReaders(context, stalledReaders, fillBytes(context), patience);
        },
        ({ aloneP95Ms, besideP95Ms }) => {
          const boundMs = Math.max(ratio * aloneP95Ms, aloneP95Ms + excessMs);
          return besideP95Ms <= boundMs ? undefined : { boundMs, tookMs: besideP95Ms, heavy: true };
        },
      );
      if (outcome.kind === 'kept') {
        if (outcome.result.unanswered) {
          throw new Undecided('a publish is not answered any more: see backpressure/publisher-not-blocked');
        }
        seen.push(outcome.result);
        continue;
      }
      const { again } = outcome;
      const evidence = { observed: { ...rounded(again), ratioBound: ratio, excessBoundMs: excessMs } };
      if (outcome.kind === 'strained') return inconclusive(`${told(again)}; ${outcome.message}`, { evidence });
      if (outcome.kind === 'unstable') {
        return inconclusive(`${told(outcome.first)}; when repeated, ${told(again)}`, { evidence });
      }
      return fail(`${told(again)}, twice`, { evidence, reproduce: `${context.curl()} | sleep 600` });
    }
    const most = seen.at(-1);
    return pass(seen.map(told).join('; '), most ? { evidence: { observed: rounded(most) } } : {});
  },
};

function told({ stalledReaders, aloneP95Ms, besideP95Ms, publishedBytes, missed }: PastStalledReaders): string {
  const readers = stalledReaders === 1 ? 'one stalled reader' : `${stalledReaders} stalled readers`;
  const beside = `beside ${readers} with ${inMib(publishedBytes)} published`;
  const alone = `without, 95 of 100 come within ${aloneP95Ms.toFixed(1)} ms`;
  return missed
    ? `${beside} an event does not reach the others within ${Math.round(besideP95Ms)} ms; ${alone}`
    : `${beside} 95 of 100 events reach the others within ${besideP95Ms.toFixed(1)} ms; ${alone}`;
}

function rounded({
  stalledReaders,
  aloneP95Ms,
  besideP95Ms,
  publishedBytes,
}: PastStalledReaders): Record<string, number> {
  const tenth = (ms: number): number => Math.round(ms * 10) / 10;
  return { stalledReaders, aloneP95Ms: tenth(aloneP95Ms), besideP95Ms: tenth(besideP95Ms), publishedBytes };
}
