import type { RuleResult } from '@ssert/conformance';
import { areasIn, type Report } from '../../report.ts';
import { runTrouble, type Standing, standingOf } from '../../standing.ts';
import { ownState } from '../human.ts';
import { htmlDocument } from './document.ts';
import { evidenceMarkup } from './evidence.ts';
import { type Markup, markup } from './markup.ts';
import { themeButton, toolbar } from './toolbar.ts';
import { countedVerdicts, countOf, verdictMark } from './verdict-marks.ts';

/** The report as one page for people: the counts, a line per rule, and behind each line the evidence. */
export function htmlReport(report: Report): string {
  const { target, results } = report;
  const body = markup`<a class="jump" href="#rules">Skip to the rules</a>
<header class="head">
<p class="kicker">Event stream report</p>${themeButton}
<h1>${target.name}</h1>
${target.url === target.name ? undefined : markup`<p class="url">${target.url}</p>`}
<p class="outcome">${outcomeOf(report)}</p>
${troubleOf(report)}
${results.length === 0 ? undefined : bar(results)}
${factsOf(report)}
</header>
${results.length === 0 ? undefined : toolbar(results)}
<main id="rules" tabindex="-1">
${areasIn(report).map((area) => {
  const here = results.filter((result) => result.area === area);
  return areaSection(area, here, report);
})}
<p class="nothing" hidden>No rule fits these filters.</p>
</main>
<footer>${ownState(report).map((line) => markup`<p>${line}.</p>`)}Made by ${report.tool.name} ${report.tool.version}. The same for programs: <code>--reporter json</code>.</footer>`;
  return htmlDocument({ title: `${shortOutcome(report)} · ${target.name} · ssert`, body });
}

function outcomeOf(report: Report): Markup {
  const { summary, results } = report;
  const judged = results.length - summary.skip - summary.inconclusive - summary.error;
  const rest = [
    ...(['warn', 'inconclusive', 'error', 'skip'] as const)
      .filter((verdict) => summary[verdict] > 0)
      .map((verdict) => countOf(verdict, summary[verdict])),
  ];
  const tail = rest.length === 0 ? '.' : `; ${rest.join(', ')}.`;
  if (judged === 0) return markup`No rule was judged${tail}`;
  if (summary.fail === 0) return markup`Nothing failed of ${judged} rules judged${tail}`;
  return markup`<strong>${summary.fail} of ${judged} rules failed</strong>${tail}`;
}

function shortOutcome({ summary }: Report): string {
  return summary.fail > 0 ? `${summary.fail} failed` : `${summary.pass} passed`;
}

function troubleOf(report: Report): Markup | undefined {
  const { brokenOff, baseline } = report;
  const lines = [
    ...(brokenOff ? [`The run broke off: ${runTrouble(report)}`] : []),
    ...(baseline?.passing ?? []).map(
      (id) => `${id} is listed as a known failure and passes now: --update-baseline takes it off`,
    ),
    ...(baseline?.expired ?? []).map((id) => `${id} is listed as a known failure, but its day has passed`),
  ];
  return lines.length === 0
    ? undefined
    : markup`<div class="trouble" role="note">${lines.map((line) => markup`<p>${line}</p>`)}</div>`;
}

function bar(results: readonly RuleResult[]): Markup {
  let x = 0;
  const parts = countedVerdicts(results).map(([verdict, count]) => {
    const width = (count / results.length) * 100;
    const part = markup`<rect class="${verdict}" x="${x.toFixed(2)}%" width="${width.toFixed(2)}%" height="6"><title>${countOf(verdict, count)}</title></rect>`;
    x += width;
    return part;
  });
  return markup`<svg class="bar" width="100%" height="6" aria-hidden="true">${parts}</svg>`;
}

function factsOf({ seed, startedAt, durationMs, target, expectations = {}, tool }: Report): Markup {
  const wanted = Object.entries(expectations).filter(([, value]) => value);
  const flags = { strict: '--strict', requireAccess: '--require-access', requireDecision: '--require-decision' };
  const facts: [string, Markup | string][] = [
    ['seed', markup`<code>${seed}</code>`],
    ['began', markup`<time datetime="${startedAt}">${startedAt.slice(0, 16).replace('T', ' ')} UTC</time>`],
    ['took', `${(durationMs / 1000).toFixed(1)} s`],
    ['promises', target.profiles.join(', ')],
    ['access', target.access.join(', ')],
    ['can', target.capabilities?.join(', ') ?? ''],
    ['counted', wanted.map(([name]) => flags[name as keyof typeof flags]).join(' ')],
    ['by', `${tool.name} ${tool.version}`],
  ];
  return markup`<dl class="facts">${facts.map(([name, value]) =>
    value === '' ? undefined : markup`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}

function areaSection(area: string, results: readonly RuleResult[], report: Report): Markup {
  const counts = countedVerdicts(results).map(([verdict, count]) => countOf(verdict, count));
  return markup`<section class="area" aria-labelledby="area-${area}">
<h2 id="area-${area}">${area} <span>${counts.join(', ')}</span></h2>
${results.map((result) => ruleMarkup(result, standingOf(result, report)))}
</section>
`;
}

const standingWords: Readonly<Partial<Record<Standing, string>>> = { excused: 'known', stale: 'no longer known' };

function ruleMarkup(result: RuleResult, standing: Standing): Markup {
  const { id, area, level, verdict, title, message, durationMs } = result;
  const [, name = ''] = id.split('/');
  const word = standingWords[standing];
  return markup`<details class="rule ${verdict}" id="${id}" data-verdict="${verdict}" data-area="${area}" data-level="${level}">
<summary>${verdictMark(verdict)}<span class="name"><code>${area}/<wbr>${name}</code></span><span class="message">${
    word === undefined ? undefined : markup`<b class="tag">${word}</b> `
  }${message ?? title}</span><span class="title">${title}</span><span class="level">${level}</span></summary>
<div class="body"><p class="about"><span>${(durationMs / 1000).toFixed(durationMs < 1000 ? 2 : 1)} s</span><a href="#${id}" aria-label="Link to ${id}">link</a></p>
${evidenceMarkup(result)}</div>
</details>
`;
}
