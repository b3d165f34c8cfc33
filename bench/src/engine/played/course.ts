import type { ClientPlan } from '@ssert/simulator';

/** One thing that a client does, at a time from the begin of publishing. */
export type Moment = { readonly atMs: number } & (
  | { readonly do: 'connect' }
  /** Reads so many bytes a second from here on; infinitely many where nothing holds it back. */
  | { readonly do: 'read'; readonly bytesPerS: number }
  | { readonly do: 'lose'; readonly by: 'fin' | 'rst' | 'silence' }
  | { readonly do: 'leave'; readonly how: 'fin' | 'rst' | 'in-head' }
);

/** All that a client does, in order. */
export function courseOf({ joinAtMs, leaveAtMs, leaves, reading, losses }: ClientPlan): readonly Moment[] {
  const moments: Moment[] = [
    ...reading.map(({ atMs, bytesPerS }): Moment => {
      return { atMs, do: 'read', bytesPerS: bytesPerS === 'unlimited' ? Number.POSITIVE_INFINITY : bytesPerS };
    }),
    { atMs: joinAtMs, do: 'connect' },
    ...losses.flatMap(({ atMs, by, backAtMs }): Moment[] => [
      { atMs, do: 'lose', by },
      // Who would be back after the end of its time never is.
      ...(backAtMs < leaveAtMs ? [{ atMs: backAtMs, do: 'connect' } as const] : []),
    ]),
    ...(leaves === 'stays'
      ? []
      : [{ atMs: leaveAtMs, do: 'leave', how: leaves === 'abort-in-head' ? 'in-head' : leaves } as const]),
  ];
  return moments.toSorted((a, b) => a.atMs - b.atMs);
}

/**
 * When the client is gone next without meaning to go on where it was, in ms; infinite where it stays. Who resumes goes on.
 * @param from the first moment that is still to come
 */
export function goneAtMs(course: readonly Moment[], from: number, resumes: boolean): number {
  const gone = course.find((moment, at) => {
    if (at < from || (moment.do !== 'lose' && moment.do !== 'leave')) return false;
    return !resumes || !comesBack(course, at);
  });
  return gone?.atMs ?? Number.POSITIVE_INFINITY;
}

/** Whether the client connects again after that moment. */
export function comesBack(course: readonly Moment[], at: number): boolean {
  return course.some((moment, later) => later > at && moment.do === 'connect');
}
