import { type Arbitrary, asyncProperty, check, stringify } from 'fast-check';
import type { RuleContext } from './context.ts';
import { Undecided } from './undecided.ts';
import type { Counterexample, Evidence, Judgement } from './verdict.ts';

/** Why one input breaks a rule. */
export interface Complaint {
  readonly message: string;
  readonly evidence?: Evidence;
}

export type SearchResult<T> =
  | { readonly found: true; readonly value: T; readonly complaint: Complaint; readonly counterexample: Counterexample }
  | { readonly found: false; readonly tried: number };

type Found<T> = Extract<SearchResult<T>, { found: true }>;

/** What a judgement tells of a search that found an input: the exchange, the input, and how to repeat it by hand. */
export function foundDetail<T>(
  { complaint, counterexample }: Found<T>,
  reproduce?: string,
): Pick<Judgement, 'evidence' | 'counterexample' | 'reproduce'> {
  const { evidence } = complaint;
  return { ...(evidence ? { evidence } : {}), counterexample, ...(reproduce === undefined ? {} : { reproduce }) };
}

/**
 * Looks for an input that breaks a rule and shrinks it.
 * @param holds gives the complaint about an input, or undefined where the rule held
 * @param examples tried first
 * @param maxRuns for inputs that are few or costly to try; `context.effort.runs` where that is less
 * @param limitMs the longest that search and shrinking may take together, in ms
 * @throws Undecided (and whatever else `holds` throws) as soon as an input could not be judged
 */
export async function search<T>(
  context: Pick<RuleContext, 'seed' | 'effort' | 'signal'>,
  arbitrary: Arbitrary<T>,
  holds: (value: T) => Promise<Complaint | undefined>,
  examples: readonly T[] = [],
  maxRuns: number = Number.POSITIVE_INFINITY,
  limitMs = 20_000,
): Promise<SearchResult<T>> {
  let latestFound: { readonly value: T; readonly complaint: Complaint } | undefined;
  let obstacle: unknown;
  let tried = 0;
  let latest: Promise<boolean> | undefined;
  const attempt = async (value: T): Promise<boolean> => {
    tried += 1;
    try {
      const complaint = await holds(value);
      if (complaint) latestFound = { value, complaint };
      return complaint === undefined;
    } catch (error) {
      obstacle = error;
      return true;
    }
  };
  const property = asyncProperty(arbitrary, async (value) => {
    if (obstacle !== undefined || context.signal.aborted) return true;
    latest = attempt(value);
    return latest;
  });
  const outcome = await check(property, {
    seed: context.seed,
    numRuns: Math.max(Math.min(context.effort.runs, maxRuns), examples.length),
    examples: examples.map((example): [T] => [example]),
    // What is found by then is shrunk as far as it is: a slow server must not stop the suite.
    interruptAfterTimeLimit: limitMs,
  });
  // One that the limit caught under way would go on publishing beside the next rule.
  await latest;
  // One that the limit caught under way is found as well, but for its shrinking.
  if (latestFound) {
    const { complaint } = latestFound;
    const [value] = outcome.counterexample ?? [latestFound.value];
    const path = outcome.counterexamplePath ?? '';
    const counterexample = {
      value: atMost(2000, stringify(value)),
      seed: outcome.seed,
      path,
      shrinks: outcome.numShrinks,
    };
    return { found: true, value, complaint, counterexample };
  }
  if (obstacle !== undefined) throw obstacle;
  if (tried === 0) throw new Undecided('no input could be tried in time');
  return { found: false, tried };
}

/** A long value is told by its start; seed and path give the rest. */
function atMost(length: number, text: string): string {
  return text.length <= length ? text : `${text.slice(0, length)}… (${text.length} characters)`;
}
