import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass } from '../../verdict.ts';
import { mib } from '../units.ts';
import { type PastStalledReaders, pastOneStalledReader, pastStalledReaders } from './past-stalled-readers.ts';
import { fillBytes, inMib } from './stalled-scene.ts';

/** The longest time that a publish may take, in ms, where it does not take as long without a stalled reader. */
const longestCallMs = 1000;
const ratio = 3;

export const publisherNotBlocked: Rule = {
  id: 'backpressure/publisher-not-blocked',
  code: 'SB-02',
  level: 'MUST',
  title: 'A stalled reader does not block the publisher',
  statement: 'Publishing goes on while a reader has stopped reading: no call takes longer for it.',
  spec: [cwe(400)],
  access: ['publish'],
  phase: 'crowd',
  disruptive: true,
  budgetMs: () => 180_000,
  judge: async (context) => {
    void context.carriage;
    const isQuick = context.effort.name === 'quick';
    let tries = 0;
    const outcome = await repeatBeforeAccusing(
      context,
      async (patience) => {
        tries += 1;
        return tries === 1 && isQuick
          ? pastOneStalledReader(context)
          : pastStalledReaders(context, 1, isQuick ? fillBytes(context) : 64 * mib, patience);
      },
      (trial) => {
        const boundMs = boundOf(trial);
        return trial.slowestCallMs <= boundMs ? undefined : { boundMs, tookMs: trial.slowestCallMs, heavy: true };
      },
    );
    const trial = outcome.kind === 'kept' ? outcome.result : outcome.again;
    const compared = `${told(trial)}, and ${Math.round(trial.aloneSlowestCallMs)} ms without that reader`;
    const observed = {
      slowestCallMs: Math.round(trial.slowestCallMs),
      slowestCallWithoutStalledReaderMs: Math.round(trial.aloneSlowestCallMs),
      boundMs: Math.round(boundOf(trial)),
      publishedBytes: trial.publishedBytes,
    };
    const detail = { evidence: { observed } };
    switch (outcome.kind) {
      case 'kept':
        // What does not reach those who read does not wait for the one that does not.
        if (!trial.missed) return pass(compared, detail);
        throw new Undecided('an event was accepted and did not reach the others: see backpressure/others-not-delayed');
      case 'missed':
        return fail(compared, { ...detail, reproduce: `${context.curl()} | sleep 600` });
      case 'unstable':
        return inconclusive(`${told(outcome.first)}; when repeated, ${compared}`, detail);
      case 'strained':
        return inconclusive(`${compared}; ${outcome.message}`, detail);
    }
  },
};

function boundOf({ aloneSlowestCallMs }: PastStalledReaders): number {
  return Math.max(longestCallMs, ratio * aloneSlowestCallMs);
}

function told({ calls, publishedBytes, slowestCallMs, unanswered }: PastStalledReaders): string {
  const seen = `of ${calls} publishes past a stalled reader, ${inMib(publishedBytes)} in all,`;
  return unanswered
    ? `${seen} one was not answered within ${Math.round(slowestCallMs)} ms`
    : `${seen} the slowest took ${Math.round(slowestCallMs)} ms`;
}
