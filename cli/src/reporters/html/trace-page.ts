import type { Plot, TraceStatistics } from '../trace-statistics.ts';
import { htmlDocument } from './document.ts';
import { type Markup, markup } from './markup.ts';

/** A page about a trace, whole in one file: statistics and plots beside those of a Poisson process. */
export function tracePage({ source, rows, plots }: TraceStatistics): string {
  const lines = rows.map(
    ([name, one, other]) => markup`<tr><th scope="row">${name}</th><td>${one}</td><td>${other}</td></tr>`,
  );
  const figures = plots.map(
    ({ trace, poisson }) => markup`<h2>${trace.title}</h2>
<figure>${chart(trace)}<figcaption>${source}</figcaption></figure>
<figure>${chart(poisson)}<figcaption>Poisson</figcaption></figure>`,
  );
  const body = markup`<main>
<h1>Bursts of ${source}</h1>
<table><thead><tr><th></th><th scope="col">${source}</th><th scope="col">Poisson of the same rate</th></tr></thead>
<tbody>${lines}</tbody></table>
${figures}
</main>`;
  return htmlDocument({ title: `Bursts of ${source}`, body });
}

/** Bars as wide as the page; the highest is full, and each tells its value. */
function chart({ title, bars, most = Math.max(...bars, Number.MIN_VALUE) }: Plot): Markup {
  const shapes = bars.map((value, at) => {
    const height = (100 * value) / most;
    const shown = Number.isInteger(value) ? value : value.toFixed(3);
    return markup`<rect x="${at * 10 + 1}" y="${(100 - height).toFixed(2)}" width="8" height="${height.toFixed(2)}"><title>${shown}</title></rect>`;
  });
  return markup`<svg role="img" aria-label="${title}" viewBox="0 0 ${bars.length * 10} 100" width="100%" height="120" preserveAspectRatio="none" fill="currentColor">${shapes}</svg>`;
}
