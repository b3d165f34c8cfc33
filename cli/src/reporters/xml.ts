/**
 * Text as XML 1.0 can carry it: markup escaped, and characters that it cannot carry at all, U+0000 and lone surrogates
 * among them, as one would write them in code.
 */
export function xmlText(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Surrogate}]/gu, escaped)
    .replace(/[&<>"\r]/g, (character) => entities[character] ?? character);
}

/** An element. Attributes that are undefined are left out; children are XML already, text goes through `xmlText`. */
export function xmlElement(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  children: readonly string[] = [],
): string {
  const head = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    // A reader turns line ends and tabs of an attribute into spaces, unless they are written by their number.
    .map(([key, value]) => ` ${key}="${xmlText(String(value)).replace(/[\t\n]/g, (one) => `&#${one.charCodeAt(0)};`)}"`)
    .join('');
  return children.length === 0 ? `<${name}${head}/>` : `<${name}${head}>${children.join('')}</${name}>`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
