import type { RuleContext } from './context.ts';
import { excuses, type LateBy, type Strain, strainInWords } from './harness-load.ts';

/** What became of something that was tried again where it went wrong. */
export type Repeated<T> =
  | { readonly kind: 'kept'; readonly result: T }
  /** It went wrong twice, and the harness was the reason of neither: the only outcome that may accuse. */
  | { readonly kind: 'missed'; readonly first: T; readonly again: T }
  /** It went wrong, and right when repeated; `excused` where the harness was so busy that the miss may be its own. */
  | { readonly kind: 'unstable'; readonly first: T; readonly again: T; readonly excused: boolean }
  /** It went wrong each time, and each time the harness was so busy that this may be its own doing. */
  | { readonly kind: 'strained'; readonly again: T; readonly strain: Strain; readonly message: string };

/** Tries that are excused before it is given up. */
const mostExcused = 5;

/**
 * The one way in which rules repeat before they accuse: what went wrong is tried again, and counts where it goes wrong
 * twice and the harness was neither time so busy that the miss may be its own. Where it was, the next try is given more
 * patience, so that what never comes is told from what is slow with its machine.
 * @param attempt tries; `patience` says how many times longer than usual to wait before giving something up
 * @param lateOf the bound that a result missed, undefined where it went well; `'wrong'` for what no delay explains
 */
export async function repeatBeforeAccusing<T>(
  context: Pick<RuleContext, 'load' | 'signal'>,
  attempt: (patience: number) => Promise<T>,
  lateOf: (result: T) => LateBy | 'wrong' | undefined,
): Promise<Repeated<T>> {
  const { load, signal } = context;
  let first: T | undefined;
  let unexcused: T | undefined;
  let patience = 1;
  let excused = 0;
  for (let tries = 1; ; tries += 1) {
    const sinceMs = load.mark();
    const result = await attempt(patience);
    const late = lateOf(result);
    if (late === undefined)
      return first === undefined
        ? { kind: 'kept', result }
        : { kind: 'unstable', first, again: result, excused: excused > 0 };
    const strain = load.since(sinceMs);
    if (late !== 'wrong' && excuses(strain, late)) {
      excused += 1;
      patience = Math.min(8, patience * 4);
    } else if (unexcused !== undefined) return { kind: 'missed', first: unexcused, again: result };
    else unexcused = result;
    if (excused === mostExcused || signal.aborted) {
      return { kind: 'strained', again: result, strain, message: `tried ${tries} times, but ${strainInWords(strain)}` };
    }
    first ??= result;
  }
}
