import { SettingError } from '@ssert/protocol';

/** A piece of an objective, and the column where it begins, from 1 up. */
export interface Token {
  readonly kind: 'word' | 'value' | 'operator' | 'joint' | 'open' | 'close' | 'end';
  readonly text: string;
  readonly column: number;
}

const forms: readonly (readonly [Token['kind'], RegExp])[] = [
  // With its brackets: `p99(delivery)` is one name.
  ['word', /^(?:p\d[\d.]*|max)(?:\s*\(\s*\w+\s*\))?|^[a-z_]\w*(?:\.\w+)*/i],
  ['value', /^\d+(?:\.\d+)?\s*(?:%|[a-zµ]+)?/i],
  ['operator', /^(?:<=|>=|==|<|>)/],
  ['joint', /^(?:&&|\|\|)/],
  ['open', /^\(/],
  ['close', /^\)/],
];

/** Cuts an objective into its pieces. @throws SettingError where something is none */
export function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; ; ) {
    at += /^\s*/.exec(expression.slice(at))?.[0].length ?? 0;
    const rest = expression.slice(at);
    if (rest === '') return [...tokens, { kind: 'end', text: '', column: at + 1 }];
    const found = forms.map(([kind, form]) => [kind, form.exec(rest)?.[0]] as const).find(([, text]) => text);
    if (found?.[1] === undefined) throw misplaced(expression, { text: rest.slice(0, 2), column: at + 1 });
    tokens.push({ kind: found[0], text: found[1], column: at + 1 });
    at += found[1].length;
  }
}

/** What is wrong in an objective, with its place and what to write there. */
export function wrongSlo(
  expression: string,
  { text, column }: Pick<Token, 'text' | 'column'>,
  allowed: string,
): SettingError {
  const place = text === '' ? 'at its end' : `in place of ${JSON.stringify(text.trim())} at column ${column}`;
  return new SettingError('--slo', expression, `${allowed} ${place}`);
}

function misplaced(expression: string, token: Pick<Token, 'text' | 'column'>): SettingError {
  const one = token.text.charAt(0);
  const meant: Readonly<Record<string, string>> = { '=': '==', '&': '&&', '|': '||', ',': '&&', '≤': '<=', '≥': '>=' };
  if (token.text === '!=') return wrongSlo(expression, token, 'one of < <= > >= ==');
  return wrongSlo(expression, { ...token, text: one }, meant[one] ?? 'a term such as p99(delivery) < 250ms');
}
