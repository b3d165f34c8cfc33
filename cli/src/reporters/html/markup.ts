import { escapeControls } from '@ssert/conformance';

/** A piece of HTML that is safe to send: what came from elsewhere is escaped in it. */
export class Markup {
  readonly html: string;

  constructor(html: string) {
    this.html = html;
  }
}

type Value = Markup | string | number | undefined | readonly Value[];

/** The only way to HTML: whatever is put in is escaped, unless it went through here already. */
export function markup(strings: TemplateStringsArray, ...values: readonly Value[]): Markup {
  return new Markup(strings.reduce((html, part, at) => `${html}${htmlOf(values[at - 1])}${part}`));
}

function htmlOf(value: Value): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.html;
  return typeof value === 'object' ? value.map(htmlOf).join('') : escapeHtml(String(value));
}

/**
 * Text for an element or a quoted attribute. Characters that cannot be seen, or that turn the direction of what stands
 * behind them, are shown as one would write them in code.
 */
function escapeHtml(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g, escapeControls)
    .replace(/[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufff9-\ufffb]|\p{Surrogate}/gu, (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    })
    .replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}
