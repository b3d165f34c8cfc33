/** Events by their numbers within each life of a server, in the order in which they came. */
export interface Place {
  readonly old: readonly number[];
  readonly now: readonly number[];
}

/** What a reconnection with an id from before a restart got, and what there was. */
export interface Resumption {
  readonly got: Place;
  /** What a stream without an id got at the same moment. */
  readonly initial: Place;
  /** An event of the server's own stood before it that a stream without an id does not get. */
  readonly told: boolean;
  /** The number of the old event whose id was asked for. */
  readonly from: number;
  /** Events before and since the restart. */
  readonly oldEvents: number;
  readonly newEvents: number;
  /** The number of the new event that has the same id, if there is one. */
  readonly alias: number | undefined;
  /** Events that the server promises to replay. */
  readonly replay: number | undefined;
}

export type ResumedAt =
  | { readonly kind: 'exact' | 'nothing' | 'all' | 'told' | 'other' | 'gap' }
  /** The new event of the same id was taken for the old one. */
  | { readonly kind: 'alias'; readonly alias: number };

/** Where in the history a reconnection went on. */
export function placeOf(resumption: Resumption): ResumedAt {
  const { got, initial, told, from, oldEvents, newEvents, alias, replay } = resumption;
  const oldRest = upTo(from + 1, oldEvents);
  const allNew = upTo(1, newEvents);
  if (same(got.old, oldRest) && same(got.now, allNew)) return { kind: 'exact' };
  if (told) return { kind: 'told' };
  if (got.old.length === 0 && got.now.length === 0) return { kind: 'nothing' };
  if (same(got.old, initial.old) && same(got.now, initial.now)) return { kind: 'nothing' };
  if (same(got.now, allNew) && (got.old.length === 0 || same(got.old, upTo(1, oldEvents)))) return { kind: 'all' };
  if (got.old.length === 0 && alias !== undefined && same(got.now, upTo(alias + 1, newEvents))) {
    return { kind: 'alias', alias };
  }
  const isWithinReach = replay !== undefined && oldEvents + newEvents <= replay;
  return { kind: got.old.length > 0 && isWithinReach ? 'gap' : 'other' };
}

function upTo(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

function same(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
