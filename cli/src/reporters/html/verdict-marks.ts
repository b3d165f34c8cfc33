import { type RuleResult, type Verdict, verdicts } from '@ssert/conformance';
import { type Markup, markup } from './markup.ts';

/** How a verdict looks, and what it is called; the worst first. */
export const verdictMarks: Readonly<Record<Verdict, { readonly mark: string; readonly word: string }>> = {
  fail: { mark: '✗', word: 'failed' },
  error: { mark: 'E', word: 'harness error' },
  warn: { mark: '!', word: 'warning' },
  inconclusive: { mark: '?', word: 'inconclusive' },
  info: { mark: 'i', word: 'info' },
  pass: { mark: '✓', word: 'passed' },
  skip: { mark: '–', word: 'not judged' },
};

/** The mark for the eye and its word for a screen reader. */
export function verdictMark(verdict: Verdict): Markup {
  const { mark, word } = verdictMarks[verdict];
  return markup`<span class="mark ${verdict}"><span aria-hidden="true">${mark}</span><span class="spoken">${word}</span></span>`;
}

/** "1 warning", "2 warnings". */
export function countOf(verdict: Verdict, count: number): string {
  const { word } = verdictMarks[verdict];
  const plural = count !== 1 && (verdict === 'warn' || verdict === 'error');
  return `${count} ${word}${plural ? 's' : ''}`;
}

/** The verdicts that results have, the worst first, each with its count. */
export function countedVerdicts(results: readonly RuleResult[]): [verdict: Verdict, count: number][] {
  const order = Object.keys(verdictMarks) as Verdict[];
  return order
    .filter((verdict) => verdicts.includes(verdict))
    .map((verdict): [Verdict, number] => [verdict, results.filter((result) => result.verdict === verdict).length])
    .filter(([, count]) => count > 0);
}
