import { escapeControls } from '../access/marked-bytes.ts';
import type { Capability } from './adapter.ts';
import type { EventReport } from './play.ts';

/** An event that a client must deliver. */
export interface ExpectedEvent {
  readonly type: string;
  readonly data: string;
  /** The last event ID string. */
  readonly id: string;
}

/** An event of type `message`. */
export function message(data: string, id = ''): ExpectedEvent {
  return { type: 'message', data, id };
}

/** An event of another type. */
export function named(type: string, data: string, id = ''): ExpectedEvent {
  return { type, data, id };
}

/** How a client is held against a list. */
export interface Comparison {
  /** False for clients that tell the ID of the block in place of the stream's. Default true. */
  readonly ids?: boolean;
}

/** How a client with these capabilities is held against a list. */
export function comparison(capabilities: ReadonlySet<Capability>): Comparison {
  return { ids: !capabilities.has('event-id-only') };
}

/** The types that a client must be asked to listen for, so that it tells these events. */
export function listenedTypes(expected: readonly ExpectedEvent[]): string[] {
  return [...new Set(expected.map(({ type }) => type))].filter((type) => type !== 'message');
}

/** The first place at which the events differ from the list, as the end of a sentence; undefined where they agree. */
export function difference(
  expected: readonly ExpectedEvent[],
  events: readonly EventReport[],
  comparison: Comparison = {},
): string | undefined {
  const at = firstDifference(expected, events, comparison);
  if (at === undefined) return undefined;
  const wanted = expected[at];
  const got = events[at];
  const nth = expected.length === 1 && at === 0 ? '' : `event ${at + 1}: `;
  if (wanted === undefined) return `${nth || 'event 1: '}${inWords(got)} came, and no more was sent`;
  if (got === undefined) return `${nth}${inWords(wanted)} did not come`;
  return `${nth}${inWords(got)} came in place of ${inWords(wanted)}`;
}

/** Whether more events could still complete the list: what came so far agrees with its beginning, and some are missing. */
export function isIncomplete(
  expected: readonly ExpectedEvent[],
  events: readonly EventReport[],
  comparison: Comparison = {},
): boolean {
  return firstDifference(expected, events, comparison) === events.length && events.length < expected.length;
}

function firstDifference(
  expected: readonly ExpectedEvent[],
  events: readonly EventReport[],
  { ids = true }: Comparison,
): number | undefined {
  for (let at = 0; at < Math.max(expected.length, events.length); at += 1) {
    const wanted = expected[at];
    const got = events[at];
    if (!wanted || !got) return at;
    if (wanted.type !== got.type || wanted.data !== got.data || (ids && wanted.id !== got.id)) return at;
  }
  return undefined;
}

/** An event as people write it: its type, its data, and `@` before its ID where there is one. */
export function inWords(event: ExpectedEvent | EventReport | undefined): string {
  if (event === undefined) return 'nothing';
  const { type, data, id } = event;
  return `${quoted(type)} ${JSON.stringify(short(data))}${id === '' ? '' : ` @${quoted(id)}`}`;
}

function quoted(word: string): string {
  return /^[\w-]+$/.test(word) ? word : `"${escapeControls(short(word))}"`;
}

function short(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}… (${text.length} characters)`;
}
