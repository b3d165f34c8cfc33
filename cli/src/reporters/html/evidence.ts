import type { Evidence, RuleResult } from '@ssert/conformance';
import { bytesMarkup } from './bytes.ts';
import { type Markup, markup } from './markup.ts';
import { timelineMarkup } from './timeline.ts';

/** What a person needs to believe one result: the same parts under the same names as in the report for the terminal. */
export function evidenceMarkup(result: RuleResult): Markup {
  const { statement, message, evidence = {}, counterexample, reproduce, spec, seed } = result;
  const parts: [label: string, content: Markup | undefined][] = [
    ['should', markup`<p>${statement}</p>`],
    ['seen', message === undefined ? undefined : markup`<p class="seen">${message}</p>`],
    ['bytes', evidence.bytes && bytesMarkup(evidence.bytes)],
    [
      'smallest',
      counterexample &&
        markup`<pre class="text">${counterexample.value}</pre>${
          counterexample.shrinks > 0
            ? markup`<p class="note">Shrunk in ${counterexample.shrinks} steps.</p>`
            : undefined
        }`,
    ],
    ['timeline', evidence.connections?.length ? timelineMarkup(evidence) : undefined],
    ['measured', observedMarkup(evidence)],
    ['request', blockOf(evidence.request)],
    ['response', blockOf(evidence.response)],
    ['again', reproduce === undefined ? undefined : commandMarkup(reproduce)],
    ['seed', seed === undefined ? undefined : markup`<p><code>${seed}</code></p>`],
    ['standard', /^https?:\/\//.test(spec) ? markup`<p><a href="${spec}" rel="noreferrer">${spec}</a></p>` : undefined],
  ];
  return markup`<dl class="evidence">${parts.map(([label, content]) =>
    content === undefined ? undefined : markup`<div><dt>${label}</dt><dd>${content}</dd></div>\n`,
  )}</dl>`;
}

function blockOf(text: string | undefined): Markup | undefined {
  return text === undefined ? undefined : markup`<pre class="text">${text}</pre>`;
}

function observedMarkup({ observed = {} }: Evidence): Markup | undefined {
  const figures = Object.entries(observed);
  if (figures.length === 0) return undefined;
  return markup`<table class="figures">${figures.map(
    ([name, value]) => markup`<tr><th scope="row">${name}</th><td>${shown(value)}</td></tr>`,
  )}</table>`;
}

function shown(value: NonNullable<Evidence['observed']>[string]): string {
  if (typeof value === 'number') return value.toLocaleString('en', { maximumFractionDigits: 20 });
  if (typeof value !== 'object') return String(value);
  const [first, rest] = [value.slice(0, 100), value.length - 100];
  return value.length === 0 ? 'none' : `${first.join(' ')}${rest > 0 ? ` … ${rest} more` : ''}`;
}

function commandMarkup(commands: string): Markup {
  return markup`<div class="command"><pre class="text">${commands}</pre><button type="button" class="copy" hidden>Copy</button></div>`;
}
