import jstat from 'jstat';
import type { BenchResult, Capacity } from '../../src/index.ts';

/** What a search of its own found. */
export interface Answer {
  /** Absent where it found none; then `reason` says why. */
  readonly capacity?: Capacity;
  readonly reason?: string;
}

/** The answer in a result. A run that is invalid has none. */
export function answerOf({ capacity, verdict }: Pick<BenchResult, 'capacity' | 'verdict'>): Answer {
  if (capacity && verdict.validity !== 'invalid') return { capacity };
  const none = verdict.slo === 'missed' ? 'no load kept the objective' : 'it ended before any load kept the objective';
  return { reason: verdict.reasons[0] ?? none };
}

/** How well several searches of the same capacity agree. */
export interface Agreement {
  /** Of the answers that the generator did not limit, where there are any. */
  readonly median: number;
  /** Answers within 10 % of the median. */
  readonly near: number;
  /** Answers that are not, but whose 95 % interval holds the median, or that say "at least". */
  readonly covering: number;
  /** Answers that are neither. */
  readonly apart: number;
}

const nearby = 0.1;

/** @returns undefined where no search has an answer */
export function agreementOf(answers: readonly Answer[]): Agreement | undefined {
  const found = answers.flatMap(({ capacity }) => capacity ?? []);
  if (found.length === 0) return undefined;
  const whole = found.filter(({ limitedBy }) => limitedBy !== 'generator');
  const median = jstat.median((whole.length > 0 ? whole : found).map(({ lo }) => lo));
  const isNear = ({ lo }: Capacity): boolean => Math.abs(lo / median - 1) <= nearby;
  // Where the generator was the limit, the answer is "at least".
  const covers = ({ ci95, limitedBy }: Capacity): boolean =>
    ci95[0] <= median && (limitedBy === 'generator' || median <= ci95[1]);
  const near = found.filter(isNear).length;
  const covering = found.filter((one) => !isNear(one) && covers(one)).length;
  return { median, near, covering, apart: found.length - near - covering };
}

/** The answers and how they agree, as lines. */
export function agreementText(answers: readonly Answer[]): string {
  const rows = answers.map(({ capacity, reason }, at) => {
    if (!capacity) return `${at + 1}: no answer: ${reason}`;
    const { lo, ci95, confirmed, limitedBy, lowN } = capacity;
    const notes = [
      ...(confirmed ? [] : ['not confirmed']),
      ...(limitedBy === 'generator' ? ['at least, limited by the generator'] : []),
      ...(lowN ? ['low-n'] : []),
    ];
    return `${at + 1}: ${lo} (${ci95.map(Math.round).join(' to ')})${notes.map((note) => `, ${note}`).join('')}`;
  });
  const agreement = agreementOf(answers);
  if (!agreement) return [...rows, 'no search has an answer'].join('\n');
  const { median, near, covering, apart } = agreement;
  const count = near + covering + apart;
  return [
    ...rows,
    `median ${median}: ${near} of ${count} answers within 10 % of it, ${covering} further ones with an interval that holds it, ${apart} apart; ${answers.length - count} searches without an answer`,
  ].join('\n');
}
