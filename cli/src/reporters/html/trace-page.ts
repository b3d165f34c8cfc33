import { type Plot, plotsOf, statisticRows } from '../trace-statistics.ts';
import { htmlDocument } from './document.ts';
import { type Markup, markup } from './markup.ts';

/** A page about a trace, whole in one file: statistics and plots beside those of a Poisson process. */
export function tracePage(source: string, times: readonly number[], poisson: readonly number[]): string {
  const rows = statisticRows(times, poisson).map(
    ([name, one, other]) => markup`<tr><th scope="row">${name}</th><td>${one}</td><td>${other}</td></tr>`,
  );
  const others = plotsOf(poisson);
  const plots = plotsOf(times).map((plot, at) => {
    const other = others[at];
    return markup`<h2>${plot.title}</h2>
<figure>${chart(plot)}<figcaption>${source}</figcaption></figure>
${other ? markup`<figure>${chart(other)}<figcaption>Poisson</figcaption></figure>` : undefined}`;
  });
  const body = markup`<main>
<h1>Bursts of ${source}</h1>
<table><thead><tr><th></th><th scope="col">${source}</th><th scope="col">Poisson of the same rate</th></tr></thead>
<tbody>${rows}</tbody></table>
${plots}
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
