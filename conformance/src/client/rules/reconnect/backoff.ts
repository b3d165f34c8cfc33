import { html } from '../../../spec.ts';
import type { ClientRule } from '../../client-rule.ts';
import type { Play } from '../../play.ts';
import { type LateComplaint, type SceneCase, sceneRule } from '../../scene-rule.ts';
import { FIN, ok, RST, type Script, verbatim } from '../../script.ts';

const reestablish = [html('reestablish-the-connection')] as const;

const failures = (count: number): Script[] => Array.from({ length: count }, () => verbatim(RST));

/** Waits before the second request, the third, and so on, must be these, in ms. */
const waited =
  (...expectedMs: readonly number[]) =>
  ({ asked }: Play): string | LateComplaint | undefined => {
    for (const [at, wantedMs] of expectedMs.entries()) {
      const tookMs = (asked[at + 1]?.atMs ?? Number.NaN) - (asked[at]?.playedAtMs ?? Number.NaN);
      const told = `request ${at + 2} came ${Math.round(tookMs)} ms after the failure before; ${wantedMs} ms were declared`;
      if (tookMs < wantedMs - 5) return told;
      const boundMs = wantedMs * 1.25 + 50;
      if (tookMs > boundMs) return { message: told, boundMs, tookMs };
    }
    return undefined;
  };

/** Tells of a request that came sooner after the failure before it than this; counted from the n-th wait on. */
const tooSoon = (asked: Play['asked'], leastMs: number, nth = 0): string | undefined => {
  const waits = asked.slice(1).map(({ atMs }, at) => atMs - (asked[at]?.playedAtMs ?? Number.NaN));
  const at = waits.findIndex((waitMs, index) => index >= nth && waitMs < leastMs);
  return at < 0 ? undefined : `request ${at + 2} came ${Math.round(waits[at] ?? 0)} ms after the failure before it`;
};

const backingOff = (initialMs: number, maxMs: number, scripts: readonly Script[]): SceneCase => ({
  scripts,
  options: { backoff: { initialMs, maxMs, resetMs: 500 } },
  requests: scripts.length + 1,
  watchMs: 0,
});

export const backoff: readonly ClientRule[] = [
  sceneRule('reconnect/backoff-grows', 'CR-41', {
    title: 'The wait doubles',
    statement: 'With a declared backoff the waits double with each failure, up to the longest one.',
    spec: reestablish,
    needs: ['backoff-settings'],
    cases: [{ ...backingOff(50, 400, failures(5)), check: waited(50, 100, 200, 400, 400) }],
  }),
  sceneRule('reconnect/backoff-resets', 'CR-43', {
    title: 'The wait starts over',
    statement: 'After a connection that lasted for the declared time the wait starts over.',
    spec: reestablish,
    needs: ['backoff-settings'],
    cases: [
      {
        ...backingOff(50, 2000, [...failures(4), ok('data: x\n\n', 1000, FIN)]),
        check: waited(50, 100, 200, 400, 50),
      },
    ],
  }),
  sceneRule('reconnect/backoff-respects-retry', 'CR-44', {
    title: '`retry` is where the backoff begins',
    statement: '`retry` sets the wait that the backoff begins with; none is shorter.',
    spec: reestablish,
    needs: ['backoff-settings'],
    cases: [
      {
        ...backingOff(20, 2000, [ok('retry: 100\n\n', FIN), ...failures(2)]),
        check: ({ asked }) => tooSoon(asked, 95),
      },
    ],
  }),
  sceneRule('reconnect/backoff-does-not-overflow', 'CR-45', {
    title: 'Many failures',
    statement: 'A long run of failures never makes the wait fall.',
    spec: reestablish,
    needs: ['backoff-settings'],
    cases: [
      {
        ...backingOff(10, 20, failures(40)),
        check: ({ asked }) => tooSoon(asked, 15, 1),
      },
    ],
  }),
  sceneRule('reconnect/gives-up-when-told', 'CR-47', {
    title: 'It gives up when told to',
    statement: 'With a declared number of tries the client fails the connection after them.',
    spec: reestablish,
    needs: ['max-retries'],
    cases: ({ capabilities }) => [
      {
        ...(capabilities.has('backoff-settings')
          ? { options: { maxRetries: 3, backoff: { initialMs: 50, maxMs: 50, resetMs: 500 } } }
          : { options: { maxRetries: 3 } }),
        answers: () => verbatim(RST),
        requests: 4,
        noMore: true,
        watchMs: 1000,
        check: ({ reports }) => {
          const last = reports.findLast(({ kind }) => kind === 'error');
          const state = last?.kind === 'error' ? last.readyState : undefined;
          return state === undefined || state === 2 ? undefined : `readyState is ${state} at the last error, not 2`;
        },
      },
    ],
  }),
];
