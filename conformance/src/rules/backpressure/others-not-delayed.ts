import type { RuleContext } from '../../context.ts';
import { repeatBeforeAccusing } from '../../repeat.ts';
import type { Rule } from '../../rule.ts';
import { cwe } from '../../spec.ts';
import { Undecided } from '../../undecided.ts';
import { fail, inconclusive, pass } from '../../verdict.ts';
import { patienceMs } from '../numbered-events.ts';
import { acceptedPayload, fillBytes, inMib, StalledScene } from './stalled-scene.ts';

/** Times that readers see, with others stalled and without. */
interface Delays {
  readonly stalledReaders: number;
  readonly aloneP95Ms: number;
  /** Where an event did not come at all, how long it was waited for. */
  readonly besideP95Ms: number;
  readonly publishedBytes: number;
}

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
    const payload = await acceptedPayload(context);
    const seen: Delays[] = [];
    for (const stalledReaders of context.effort.name === 'quick' ? [1] : [1, 8]) {
      const outcome = await repeatBeforeAccusing(
        context,
        (patience) => compare(context, payload, stalledReaders, patience),
        ({ aloneP95Ms, besideP95Ms }) => {
          const boundMs = Math.max(ratio * aloneP95Ms, aloneP95Ms + excessMs);
          return besideP95Ms <= boundMs ? undefined : { boundMs, tookMs: besideP95Ms, heavy: true };
        },
      );
      if (outcome.kind === 'kept') {
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

/** Times lone events on two readers before and after others have stopped reading for good. */
async function compare(
  context: RuleContext,
  payload: string,
  stalledReaders: number,
  patience: number,
): Promise<Delays> {
  const { effort } = context;
  const wantedBytes = fillBytes(context);
  const events = effort.name === 'quick' ? 20 : 50;
  const scene = await StalledScene.open(context, `beside-${Math.round(context.clock.now())}`, stalledReaders, payload);
  try {
    await scene.settle();
    const aloneP95Ms = await p95(scene, events, 1);
    if (!Number.isFinite(aloneP95Ms)) throw new Undecided('an event did not arrive although no reader was stalled');
    scene.stall();
    context.progress(`publishing ${inMib(wantedBytes)} past ${stalledReaders} stalled readers`);
    let besideP95Ms = 0;
    while (scene.acceptedBytes < wantedBytes && !context.signal.aborted) {
      const { answeredMs, arrivedMs } = await scene.send('large', patience);
      if (!Number.isFinite(arrivedMs)) besideP95Ms = patience * patienceMs(context);
      else if (!Number.isFinite(answeredMs)) {
        throw new Undecided('a publish is not answered any more: see backpressure/publisher-not-blocked');
      }
      if (besideP95Ms > 0) break;
    }
    if (besideP95Ms === 0) besideP95Ms = Math.min(await p95(scene, events, patience), patience * patienceMs(context));
    return { stalledReaders, aloneP95Ms, besideP95Ms, publishedBytes: scene.acceptedBytes };
  } finally {
    await scene.close();
  }
}

/** The delay that 95 of 100 lone events keep; infinite as soon as one does not come. */
async function p95(scene: StalledScene, events: number, patience: number): Promise<number> {
  const delaysMs: number[] = [];
  for (let n = 0; n < events; n += 1) {
    const { arrivedMs } = await scene.send('lone', patience);
    if (!Number.isFinite(arrivedMs)) return arrivedMs;
    delaysMs.push(arrivedMs);
  }
  return delaysMs.sort((a, b) => a - b)[Math.ceil(events * 0.95) - 1] ?? 0;
}

function told({ stalledReaders, aloneP95Ms, besideP95Ms, publishedBytes }: Delays): string {
  const readers = stalledReaders === 1 ? 'one stalled reader' : `${stalledReaders} stalled readers`;
  return `95 of 100 events reach the others within ${besideP95Ms.toFixed(1)} ms beside ${readers} with ${inMib(publishedBytes)} published, and within ${aloneP95Ms.toFixed(1)} ms without`;
}

function rounded({ stalledReaders, aloneP95Ms, besideP95Ms, publishedBytes }: Delays): Record<string, number> {
  const tenth = (ms: number): number => Math.round(ms * 10) / 10;
  return { stalledReaders, aloneP95Ms: tenth(aloneP95Ms), besideP95Ms: tenth(besideP95Ms), publishedBytes };
}
