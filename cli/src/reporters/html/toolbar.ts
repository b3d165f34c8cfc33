import type { RuleResult } from '@ssert/conformance';
import { type Markup, markup } from './markup.ts';
import { countedVerdicts, verdictMark, verdictMarks } from './verdict-marks.ts';

/** The filters. They need the script, which shows them. */
export function toolbar(results: readonly RuleResult[]): Markup {
  const choices = (values: readonly string[]): Markup[] =>
    [...new Set(values)].map((value) => markup`<option value="${value}">${value}</option>`);
  return markup`<form class="toolbar" role="search" aria-label="Filter the rules" hidden>
<input type="search" name="text" placeholder="Search rules and findings" aria-label="Search rules and findings" autocomplete="off" spellcheck="false">
<div class="chips" role="group" aria-label="Verdicts shown">${countedVerdicts(results).map(
    ([verdict, count]) =>
      markup`<button type="button" class="chip" aria-pressed="false" value="${verdict}">${verdictMark(verdict)} ${verdictMarks[verdict].word} <b>${count}</b></button>`,
  )}</div>
<select name="area" aria-label="Area"><option value="">all areas</option>${choices(results.map(({ area }) => area))}</select>
<select name="level" aria-label="Level"><option value="">all levels</option>${choices(
    ['MUST', 'SHOULD', 'MAY'].filter((level) => results.some((result) => result.level === level)),
  )}</select>
<button type="reset" class="plain" hidden>Clear</button>
<output class="shown" aria-live="polite"></output>
</form>`;
}

/** Turns dark into light and back. */
export const themeButton: Markup = markup`<button type="button" class="theme plain" aria-label="Dark or light" title="Dark or light" hidden><svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.25"/><path d="M8 1.75a6.25 6.25 0 0 1 0 12.5z"/></svg></button>`;
