import type { LateBy } from '../../../harness-load.ts';
import { repeatBeforeAccusing } from '../../../repeat.ts';
import { html } from '../../../spec.ts';
import { inconclusive, type Judgement, pass, warn } from '../../../verdict.ts';
import type { Scripts } from '../../access/stage.ts';
import type { ClientRule } from '../../client-rule.ts';
import type { ClientContext } from '../../context.ts';
import type { Play } from '../../play.ts';
import { scene, sceneRule } from '../../scene-rule.ts';
import { answer, FIN, ok, RST, verbatim } from '../../script.ts';

/** A moment at which a stream is closed. */
interface Moment {
  readonly name: string;
  readonly scripts: Scripts;
  readonly reached: (play: Play) => Promise<unknown>;
}

const notFound = answer('404 Not Found', ['Content-Type: text/event-stream'], FIN);
const isPlayed = (play: Play): Promise<boolean> => play.until(() => play.asked[0]?.playedAtMs !== undefined, 5000);

const moments: readonly Moment[] = [
  {
    name: 'while the stream was open',
    scripts: scene(ok('data: x\n\n')),
    reached: (play) => play.until(() => play.events.length > 0, 5000),
  },
  {
    name: 'before there was a response',
    scripts: scene(verbatim()),
    reached: (play) => play.untilAsked(1),
  },
  {
    name: 'while it waited to ask again',
    scripts: scene(ok('retry: 60000\n\n', FIN)),
    reached: async (play) => {
      await isPlayed(play);
      await play.watch(300);
    },
  },
  {
    name: 'after a failure',
    scripts: scene(notFound),
    reached: async (play) => {
      await isPlayed(play);
      await play.watch(300);
    },
  },
];

const endsMs = 1000;

/** How a process of the client that was left alone is late to end; undefined where it was not. */
function lateToEnd(context: ClientContext, at: readonly Moment[], patience = 1): Promise<LateBy | undefined> {
  return context.apart(async (alone) => {
    await Promise.all(
      at.map(async ({ scripts, reached }) => {
        const play = alone.open(scripts);
        await reached(play);
        play.close();
      }),
    );
    const hasEnded = await alone.process.leave?.(endsMs * patience);
    return hasEnded ? undefined : { boundMs: endsMs, tookMs: endsMs * patience + 1 };
  });
}

async function judgeLeftovers(context: ClientContext): Promise<Judgement> {
  if ((await lateToEnd(context, moments)) === undefined)
    return pass(`its process ended by itself, streams closed at ${moments.length} moments`);
  // An adapter may do so, too.
  const nothing = await repeatBeforeAccusing(
    context,
    (patience) => lateToEnd(context, [], patience),
    (late) => late,
  );
  if (nothing.kind !== 'kept')
    return inconclusive('its process does not end by itself where no stream was opened either');
  for (const moment of moments) {
    const repeated = await repeatBeforeAccusing(
      context,
      (patience) => lateToEnd(context, [moment], patience),
      (late) => late,
    );
    if (repeated.kind === 'missed') return warn(`with close() ${moment.name}: its process was still there 1 s later`);
    if (repeated.kind === 'strained') return inconclusive(repeated.message);
  }
  return pass('its process ended by itself when repeated');
}

export const processes: readonly ClientRule[] = [
  sceneRule('lifecycle/no-listener-no-crash', 'CL-21', {
    level: 'SHOULD',
    title: 'Nobody listens for errors',
    statement: 'Where nobody listens for errors, a failed connection does not end the process.',
    spec: [html('sse-processing-model')],
    needs: ['process', 'without-error-listener'],
    cases: [notFound, verbatim(RST)].map((script) => ({
      ...scene(script),
      options: { withoutErrorListener: true },
      watchMs: 800,
    })),
  }),
  {
    id: 'lifecycle/nothing-left-behind',
    code: 'CL-33',
    level: 'SHOULD',
    title: 'Nothing is left behind',
    statement: 'After close() no timer and no connection keeps the process alive.',
    spec: [html('dom-eventsource-close')],
    needs: ['ends-by-itself'],
    judge: judgeLeftovers,
  },
];
