import { html, type SpecReference } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import type { Play } from '../../play.ts';
import { type LateComplaint, observation, scene, sceneRule } from '../../scene-rule.ts';
import { answer, FIN, ok, RST, type Script, verbatim } from '../../script.ts';

const reestablish = [html('reestablish-the-connection')] as const;
const failing: SpecReference = html('fail-the-connection');

/** The part of a wait by which chance may change it, here. */
const jitter = 0.5;

const waits = ({ asked }: Play): number[] =>
  asked.slice(1).map(({ atMs }, at) => atMs - (asked[at]?.playedAtMs ?? Number.NaN));

/** A third of the range: so near to one another 20 draws are once in ten million times. */
const tooNear = (drawnMs: readonly number[], baseMs: number): string | undefined => {
  const spreadMs = Math.max(...drawnMs) - Math.min(...drawnMs);
  if (spreadMs >= (baseMs * jitter) / 3) return undefined;
  return `${drawnMs.length} waits lie within ${Math.round(spreadMs)} ms; ${baseMs * jitter} ms or more were declared`;
};

const refusal = (status: string): Script => answer(status, ['Content-Type: text/event-stream'], FIN);

/** How many clients are dropped together. */
const herd = 20;

export const declared: readonly ClientRule[] = [
  sceneRule('reconnect/caller-decides', 'CR-35', {
    title: 'The caller decides',
    statement: 'A status that the caller wants tried again is tried again, and each other is final.',
    spec: [failing],
    needs: ['retry-statuses'],
    cases: [404, 503, 500].map((status) => ({
      label: String(status),
      ...scene(refusal(`${status} Refused`)),
      options: { retryStatuses: [404, 503] },
      requests: status === 500 ? 1 : 2,
      noMore: true,
      // Longer than most wait where no time is named.
      watchMs: 3200,
    })),
    isAboutAskingAgain: true,
  }),
  observation('reconnect/no-reconnection-at-all', 'CR-36', {
    title: 'No reconnection at all',
    statement:
      'A client that declares not to come back tells the end of its stream, if it tells errors, and asks once.',
    spec: reestablish,
    needs: ['no-reconnect'],
    cases: [{ ...scene(ok('data: a\n\n', FIN)), watchMs: 3200 }],
    tell: ([play]) => {
      const { asked = [], errors = [] } = play ?? {};
      return `${asked.length} ${asked.length === 1 ? 'request' : 'requests'}; the end was ${errors.length > 0 ? 'told' : 'not told'}`;
    },
  }),
  sceneRule('reconnect/jitter-stays-in-range', 'CR-42', {
    title: 'Jitter stays in its range',
    statement:
      'With a declared jitter each wait differs from the usual one by no more than that, and not all are alike.',
    spec: reestablish,
    needs: ['backoff-settings', 'jitter'],
    cases: [
      {
        answers: () => verbatim(RST),
        options: { backoff: { initialMs: 100, maxMs: 100, resetMs: 500 }, jitter },
        requests: 21,
        watchMs: 0,
        check: (play): string | LateComplaint | undefined => {
          const drawnMs = waits(play);
          const inOrder = drawnMs.toSorted((a, b) => a - b);
          const [shortestMs = 0] = inOrder;
          if (shortestMs < 45) return `a wait was ${Math.round(shortestMs)} ms; 50 to 150 were declared`;
          // Of twenty some are late on a busy machine.
          const tookMs = inOrder.at(-4) ?? 0;
          const message = `four waits were ${Math.round(tookMs)} ms or more; 50 to 150 were declared`;
          if (tookMs > 250) return { message, boundMs: 250, tookMs };
          return tooNear(drawnMs, 100);
        },
      },
    ],
  }),
  sceneRule('reconnect/herd-is-spread', 'CR-48', {
    level: 'SHOULD',
    title: 'A herd is spread',
    statement: 'Clients with jitter that are dropped together do not come back together.',
    spec: reestablish,
    needs: ['jitter'],
    cases: [
      {
        ...scene(),
        requests: 0,
        act: async (_, context) => {
          const baseMs = 1000;
          const dropped = scene(ok(`retry: ${baseMs}\n\n`, RST));
          const plays = Array.from({ length: herd }, () => context.open(dropped, { jitter }));
          const are = await Promise.all(plays.map((play) => play.untilAsked(2, 10_000)));
          const drawnMs = plays.flatMap((play) => waits(play).slice(0, 1));
          for (const play of plays) play.end();
          const back = are.filter(Boolean).length;
          return back < herd ? `${back} of ${herd} came back` : tooNear(drawnMs, baseMs);
        },
        watchMs: 0,
      },
    ],
  }),
];
