import type { BenchResult } from '@ssert/bench';
import { htmlDocument } from '../../html/document.ts';
import { type Markup, markup } from '../../html/markup.ts';
import { themeButton } from '../../html/toolbar.ts';
import { countText, shareText } from '../figures.ts';
import { oneSentence } from '../one-sentence.ts';
import { findingsOf, summaryRows, trialOfAnswer } from '../summary-rows.ts';
import { trialName } from '../trial-name.ts';
import { loadFigure, memoryFigure } from './load-figures.ts';
import { scalingFigure } from './scaling-figure.ts';
import { spectrumFigure } from './spectrum-figure.ts';
import { recoveryFigure, timeFigures } from './time-figures.ts';
import { trialsTable } from './trials-table.ts';

/** A run on one page, whole in one file: the answer, what it rests on, and what limits it. */
export function benchPage(result: BenchResult): string {
  const { target, verdict, tool } = result;
  // Of a run in which all is invalid, the seconds that made it so are what one wants to see.
  const trial = trialOfAnswer(result) ?? result.trials.at(-1);
  const body = markup`<a class="jump" href="#figures">Skip to the figures</a>
<header class="head">
<p class="kicker">Capacity report</p>${themeButton}
<h1>${target.url}</h1>
<p class="outcome">${verdict.slo === 'missed' ? markup`<strong>Objective missed.</strong> ` : undefined}${oneSentence(result)}</p>
${trouble(result)}
${factsOf(result)}
</header>
<main id="figures" class="bench" tabindex="-1">
${verdict.validity === 'invalid' ? undefined : section('The answer', markup`<table class="figures">${summaryRows(result).map(([name, value]) => markup`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</table>`)}
${section('By load', plots([loadFigure(result), spectrumFigure(result), memoryFigure(result), scalingFigure(result)]))}
${trial && section(markup`Over time <span>${countText(trial.x)}, trial ${trialName(result, trial)}</span>`, plots([recoveryFigure(result), ...timeFigures(trial)]))}
${limitsOf(result)}
${section(markup`Trials <span>${result.trials.length}, in the order in which they ran</span>`, trialsTable(result))}
</main>
<footer>Made by ${tool.name} ${tool.version}. The same for programs: <code>--reporter json,csv</code>.</footer>`;
  return htmlDocument({ title: `${target.url} · ssert bench`, body, charts: true });
}

function section(title: Markup | string, content: Markup | undefined): Markup | undefined {
  return (
    content &&
    markup`<section><h2>${title}</h2>
${content}</section>
`
  );
}

function plots(figures: readonly (Markup | undefined)[]): Markup | undefined {
  const drawn = figures.filter((one) => one !== undefined);
  return drawn.length === 0 ? undefined : markup`<div class="plots">${drawn}</div>`;
}

function trouble(result: BenchResult): Markup | undefined {
  const { verdict, capacity, trials } = result;
  const lines = [
    ...(verdict.validity === 'valid' ? [] : [`The measurements are ${verdict.validity}.`, ...verdict.reasons]),
    ...(verdict.validity !== 'invalid' && capacity?.nonMonotone
      ? ['A higher load passed where a lower one failed, also when repeated.']
      : []),
    ...(verdict.validity !== 'invalid' && capacity?.recovered === false
      ? ['After an overload the server did not hold half of its capacity any more.']
      : []),
    ...(capacity === undefined && trials.some(({ unstable }) => unstable)
      ? ['Deliveries fell behind what was offered while latency rose.']
      : []),
  ];
  lines.push(...findingsOf(result));
  return lines.length === 0
    ? undefined
    : markup`<div class="trouble" role="note">${lines.map((line) => markup`<p>${line}</p>`)}</div>`;
}

function factsOf({ plan, seed, startedAt, durationMs, target, host }: BenchResult): Markup {
  const facts: [string, Markup | string][] = [
    ['scenario', plan.scenario],
    ['seed', markup`<code>${seed}</code>`],
    ['began', markup`<time datetime="${startedAt}">${startedAt.slice(0, 16).replace('T', ' ')} UTC</time>`],
    ['took', `${(durationMs / 60_000).toFixed(1)} min`],
    ['over', `${target.protocol}${target.tls ? ', TLS' : ''}${host.loopback ? ', loopback' : ''}`],
    ['intended time', { published: 'ours', paced: "the server's schedule", opaque: 'not known' }[target.mode]],
    ['host', `${host.cpu}, ${host.cores} cores, Linux ${host.kernel}`],
    ...(target.cpuShare ? [['share of the CPU', shareText(target.cpuShare.ran)] as [string, string]] : []),
    ['CPUs', host.pinned ? `server ${host.pinned.server}, load ${host.pinned.generator}` : 'shared'],
  ];
  const params = Object.entries(plan.params).map(([name, value]): [string, string] => [name, String(value)]);
  return markup`${definitions(facts)}
<details class="more"><summary>all ${params.length} parameters</summary>${definitions(params)}</details>`;
}

function definitions(facts: readonly (readonly [string, Markup | string])[]): Markup {
  return markup`<dl class="facts">${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function limitsOf({ model, projection = [], verdict }: BenchResult): Markup | undefined {
  const assumed = verdict.validity === 'invalid' ? [] : projection.flatMap(({ assumptions }) => assumptions);
  const lines = [...assumed, ...(model?.refusals ?? [])];
  return section(
    'Assumed, or not known',
    lines.length === 0 ? undefined : markup`<ul>${[...new Set(lines)].map((line) => markup`<li>${line}</li>`)}</ul>`,
  );
}
