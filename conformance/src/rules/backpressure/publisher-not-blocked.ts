import type { RuleContext } from '../../context.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass } from '../../verdict.ts';
import { patienceMs } from '../numbered-events.ts';
import { acceptedPayload, fillBytes, inMib, mib, StalledScene } from './stalled-scene.ts';

/** The longest time that a publish may take, in ms, where it does not take as long without a stalled reader. */
const longestCallMs = 1000;
const ratio = 3;

interface Calls {
  readonly slowestMs: number;
  readonly calls: number;
  readonly publishedBytes: number;
}

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
    const payload = await acceptedPayload(context);
    const volume = context.effort.name === 'quick' ? fillBytes(context) : 64 * mib;
    const alone = await publishPast(context, payload, mib, 0, 1);
    const boundMs = Math.max(longestCallMs, ratio * alone.slowestMs);
    const outcome = await repeatBeforeAccusing(
      context,
      (patience) => publishPast(context, payload, volume, 1, patience),
      ({ slowestMs }) => (slowestMs <= boundMs ? undefined : { boundMs, tookMs: slowestMs, heavy: true }),
    );
    const calls = outcome.kind === 'kept' ? outcome.result : outcome.again;
    const told = ({ slowestMs, calls: count, publishedBytes }: Calls): string =>
      `of ${count} publishes past a stalled reader, ${inMib(publishedBytes)} in all, the slowest took ${Math.round(slowestMs)} ms`;
    const compared = `${told(calls)}, and ${Math.round(alone.slowestMs)} ms without that reader`;
    const observed = {
      slowestCallMs: Math.round(calls.slowestMs),
      slowestCallWithoutStalledReaderMs: Math.round(alone.slowestMs),
      boundMs: Math.round(boundMs),
      publishedBytes: calls.publishedBytes,
    };
    const detail = { evidence: { observed } };
    switch (outcome.kind) {
      case 'kept':
        return pass(compared, detail);
      case 'missed':
        return fail(compared, { ...detail, reproduce: `${context.curl()} | sleep 600` });
      case 'unstable':
        return inconclusive(`${told(outcome.first)}; when repeated, ${compared}`, detail);
      case 'strained':
        return inconclusive(`${compared}; ${outcome.message}`, detail);
    }
  },
};

/** Times publishes one after the other until the volume is reached, or one is not answered. */
async function publishPast(
  context: RuleContext,
  payload: string,
  volumeBytes: number,
  stalledReaders: number,
  patience: number,
): Promise<Calls> {
  const scene = await StalledScene.open(
    context,
    `publisher-${Math.round(context.clock.now())}`,
    stalledReaders,
    payload,
  );
  try {
    await scene.settle();
    scene.stall();
    let slowestMs = 0;
    let calls = 0;
    while (scene.acceptedBytes < volumeBytes && !context.signal.aborted) {
      calls += 1;
      const { answeredMs, arrivedMs } = await scene.send('large', patience);
      if (!Number.isFinite(answeredMs)) {
        slowestMs = patience * patienceMs(context);
        break;
      }
      slowestMs = Math.max(slowestMs, answeredMs);
      // What does not reach those who read does not wait for the one that does not.
      if (!Number.isFinite(arrivedMs)) {
        throw new Undecided('an event was accepted and did not reach the others: see backpressure/others-not-delayed');
      }
    }
    return { slowestMs, calls, publishedBytes: scene.acceptedBytes };
  } finally {
    await scene.close();
  }
}
