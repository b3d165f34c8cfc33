/** What a script tells of one thing that it looked at. */
export type Noted = string | number | boolean | null | readonly Noted[];

/** What an adapter exposes, as scripts take it for. */
export interface Driven {
  readonly EventSource: typeof EventSource;
}

/**
 * A script of the suite that drives a client by the client's own interface, and notes what it sees by names, the last value
 * of a name counting. It goes to the client's process, or page, as text: it has its arguments and the globals there, and must
 * stand on nothing else of its module.
 * @returns what closes all that it opened
 */
export type ClientScript = (
  exposed: Driven,
  url: string,
  note: (name: string, value: Noted) => void,
) => (() => void) | undefined;

/** What a script must note: each of these, and with these values. */
export type ExpectedNotes = Readonly<Record<string, Noted>>;

/** A script as it goes to another process. */
export function textOf(script: ClientScript): string {
  return String(script);
}

/** A script that came as text. */
export function compiled(text: string): ClientScript {
  return new Function(`return (${text});`)() as ClientScript;
}

/** The first thing that was noted otherwise, as the end of a sentence; undefined where all is as expected. */
export function otherwiseNoted(expected: ExpectedNotes, noted: ReadonlyMap<string, Noted>): string | undefined {
  const wrong = Object.entries(expected).find(([name, value]) => !equal(noted.get(name), value));
  if (wrong === undefined) return undefined;
  const [name, value] = wrong;
  const got = noted.get(name);
  return got === undefined ? `it was not seen: ${name}` : `${name}: ${inWords(got)}, not ${inWords(value)}`;
}

function equal(one: Noted | undefined, other: Noted): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function inWords(value: Noted): string {
  const text = JSON.stringify(value);
  return text.length <= 120 ? text : `${text.slice(0, 117)}…`;
}
