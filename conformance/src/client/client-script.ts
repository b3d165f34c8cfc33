import type { Exposed } from './adapter.ts';

/** What a script tells of one thing that it looked at. */
export type Noted = string | number | boolean | null | readonly Noted[];

/** What an adapter exposes, as scripts take it for. */
export interface Driven {
  readonly EventSource: typeof EventSource;
  readonly iterate: NonNullable<Exposed['iterate']>;
  readonly connect: NonNullable<Exposed['connect']>;
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

/** Something that was noted otherwise than expected. */
export interface Otherwise {
  /** The end of a sentence. */
  readonly message: string;
  /** Later notes may still put it right. */
  readonly isOpen: boolean;
}

/** The first thing that is not as expected, those first that cannot become so; undefined where all is. */
export function otherwiseNoted(expected: ExpectedNotes, noted: ReadonlyMap<string, Noted>): Otherwise | undefined {
  const wrong = Object.entries(expected).flatMap(([name, value]): Otherwise[] => {
    const got = noted.get(name);
    if (got === undefined) return [{ message: `it was not seen: ${name}`, isOpen: true }];
    if (inJson(got) === inJson(value)) return [];
    return [{ message: `${name}: ${inWords(got)}, not ${inWords(value)}`, isOpen: leadsTo(got, value) }];
  });
  return wrong.find(({ isOpen }) => !isOpen) ?? wrong[0];
}

/** What has been listed or counted so far may go on to the value. */
function leadsTo(got: Noted, value: Noted): boolean {
  if (typeof got === 'number' && typeof value === 'number') return got < value;
  if (!Array.isArray(got) || !Array.isArray(value)) return false;
  return got.length < value.length && inJson(value.slice(0, got.length)) === inJson(got);
}

function inJson(value: Noted): string {
  return JSON.stringify(value);
}

function inWords(value: Noted): string {
  const text = inJson(value);
  return text.length <= 120 ? text : `${text.slice(0, 117)}…`;
}
