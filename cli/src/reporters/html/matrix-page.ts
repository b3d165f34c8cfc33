import { areaOf, areas, type RuleResult, serverRules } from '@ssert/conformance';
import type { Report } from '../../report.ts';
import { runTrouble } from '../../standing.ts';
import { htmlDocument } from './document.ts';
import { evidenceMarkup } from './evidence.ts';
import { type Markup, markup } from './markup.ts';
import { themeButton, toolbar } from './toolbar.ts';
import { verdictMark, verdictMarks } from './verdict-marks.ts';

/** One server of a matrix. */
export interface JudgedServer {
  readonly name: string;
  readonly results: readonly RuleResult[];
  readonly durationMs: number;
  /** Why there are no results, or not all. */
  readonly problem?: string;
}

/** A stored report as a server of a matrix. */
export function serverOf(report: Report): JudgedServer {
  const { target, results, durationMs } = report;
  const problem = runTrouble(report);
  return { name: target.name, results, durationMs, ...(problem === undefined ? {} : { problem }) };
}

/** Rules by servers on one page: each cell opens what was found there. */
export function matrixPage(servers: readonly JudgedServer[]): string {
  const rules = rulesOf(servers);
  const found = servers.flatMap(({ results }) => results);
  const failing = servers.filter(({ results }) => results.some(({ verdict }) => verdict === 'fail')).length;
  const body = markup`<a class="jump" href="#rules">Skip to the matrix</a>
<header class="head">
<p class="kicker">Event stream conformance</p>${themeButton}
<h1>${servers.length} servers, ${rules.length} rules</h1>
<p class="outcome">${failing === 0 ? 'None of them breaks a MUST' : `${failing} of them ${failing === 1 ? 'breaks' : 'break'} a MUST`}. Each cell opens what was seen.</p>
${servers.map(({ name, problem }) =>
  problem === undefined ? undefined : markup`<div class="trouble" role="note"><p>${name}: ${problem}</p></div>`,
)}
</header>
${toolbar(found)}
<main id="rules" class="matrix" tabindex="0" aria-label="Rules by servers"><table>
<thead><tr><th scope="col">rule</th>${servers.map(({ name }) => markup`<th scope="col"><span>${name}</span></th>`)}</tr></thead>
${areas.map((area) => {
  const here = rules.filter((rule) => rule.area === area);
  return here.length === 0
    ? undefined
    : markup`<tbody class="area"><tr><th scope="rowgroup" colspan="${servers.length + 1}">${area}</th></tr>
${here.map((rule) => row(rule, servers))}</tbody>`;
})}
<tfoot>${footRow('failed', servers, ({ results }) => String(results.filter(({ verdict }) => verdict === 'fail').length))}
${footRow('took', servers, ({ durationMs }) => `${Math.round(durationMs / 1000)} s`)}</tfoot>
</table></main>
<p class="nothing" hidden>No rule fits these filters.</p>
<section class="cells" aria-label="What was seen">
${servers.map(({ name, results }, at) => results.map((result) => cell(name, at, result)))}
</section>`;
  return htmlDocument({ title: `${servers.length} servers · ssert`, body });
}

type RuleRow = Pick<RuleResult, 'id' | 'area' | 'level' | 'title'>;

/** Every rule that one of the servers was judged by, in the order of the catalogue; those that it no longer has come last. */
function rulesOf(servers: readonly JudgedServer[]): RuleRow[] {
  const rules = new Map<string, RuleRow>();
  const judged = new Map(servers.flatMap(({ results }) => results.map((result) => [result.id, result] as const)));
  for (const rule of serverRules) if (judged.has(rule.id)) rules.set(rule.id, { ...rule, area: areaOf(rule) });
  for (const [id, result] of judged) if (!rules.has(id)) rules.set(id, result);
  return [...rules.values()];
}

function row({ id, area, level, title }: RuleRow, servers: readonly JudgedServer[]): Markup {
  const results = servers.map((server) => server.results.find((result) => result.id === id));
  const verdicts = [...new Set(results.flatMap((result) => result?.verdict ?? []))];
  const cells = results.map((result, at) =>
    result === undefined ? markup`<td></td>` : markup`<td>${cellLink(servers[at]?.name ?? '', at, result)}</td>`,
  );
  return markup`<tr data-verdict="${verdicts.join(' ')}" data-area="${area}" data-level="${level}"><th scope="row" title="${title}"><code>${id}</code> <small>${level}</small><span class="spoken">${title}</span></th>${cells}</tr>
`;
}

function cellLink(name: string, at: number, { id, verdict, message = '' }: RuleResult): Markup {
  return markup`<a class="${verdict}" href="#${at}/${id}" title="${name}: ${message}" aria-label="${name}: ${verdictMarks[verdict].word}">${verdictMark(verdict)}</a>`;
}

function cell(name: string, at: number, result: RuleResult): Markup {
  const { id, verdict, level, title } = result;
  return markup`<article class="cell" id="${at}/${id}"><h3 id="heading-${at}/${id}">${verdictMark(verdict)} <code>${id}</code> <small>${level}: ${title} · ${name}</small></h3>
${evidenceMarkup(result)}</article>
`;
}

function footRow(label: string, servers: readonly JudgedServer[], value: (server: JudgedServer) => string): Markup {
  return markup`<tr><th scope="row">${label}</th>${servers.map((server) => markup`<td>${value(server)}</td>`)}</tr>`;
}
