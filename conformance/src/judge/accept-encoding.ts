/**
 * Whether a list of codings lets a response have one (RFC 9110 12.5.3). A weight that is no number is read in the
 * server's favour, and so is a coding that stands twice.
 * @param list the value of Accept-Encoding
 * @param coding in lower case; not `identity`
 */
export function acceptsCoding(list: string, coding: string): boolean {
  const entries = list
    .split(',')
    .map((entry) => entry.split(';').map((part) => part.trim()))
    .map(([name = '', ...parameters]) => ({ name: name.toLowerCase(), accepted: weightOf(parameters) !== 0 }));
  const accepts = (isMeant: (name: string) => boolean): boolean =>
    entries.some(({ name, accepted }) => accepted && isMeant(name));
  if (accepts((name) => plainName(name) === plainName(coding))) return true;
  // Few servers know the other names, so one that is refused does not keep `*` from meaning the usual one.
  return accepts((name) => name === '*') && !entries.some(({ name }) => name === coding);
}

/** `x-gzip` and `x-compress` are other names of the same (RFC 9110 8.4.1). */
function plainName(name: string): string {
  return name.replace(/^x-(?=gzip$|compress$)/, '');
}

function weightOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => /^q\s*=/i.test(parameter));
  return weight === undefined ? 1 : Number(weight.slice(weight.indexOf('=') + 1));
}
