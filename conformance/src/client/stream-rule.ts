import { markedBytes } from '../access/marked-bytes.ts';
import { repeatBeforeAccusing } from '../repeat.ts';
import { html } from '../spec.ts';
import { Undecided } from '../undecided.ts';
import { type Evidence, inconclusive, type Judgement, pass } from '../verdict.ts';
import type { Capability } from './adapter.ts';
import { type ClientRule, faultOf } from './client-rule.ts';
import type { ClientContext } from './context.ts';
import { comparison, difference, type ExpectedEvent, isIncomplete, listenedTypes } from './expected.ts';
import type { Play } from './play.ts';
import { bytesOf, okInPieces } from './script.ts';

type Sent = string | Uint8Array;

/** What is sent, in one write or in several, and every event that must come of it. */
export type StreamCase = readonly [sent: Sent | readonly Sent[], ...expected: ExpectedEvent[]];

/** A rule that sends bodies and expects exactly these events, however the bodies are cut. */
export interface StreamRule {
  readonly title: string;
  readonly statement: string;
  readonly level?: ClientRule['level'];
  readonly spec?: ClientRule['spec'];
  readonly needs?: readonly Capability[];
  /** Judged by IDs that outlive their block, which clients with `event-id-only` do not tell. */
  readonly persistingIds?: true;
  /** Where the writes are what the rule is about: they alone are played. */
  readonly onlyAsWritten?: true;
  readonly cases: readonly StreamCase[];
}

/** The time in which the events of a body must come, in ms; longer where the machine is busy. Rules on time judge slowness. */
function eventMsOf({ pieces }: Pick<Delivery, 'pieces'>): number {
  return 2000 + pieces.reduce((sum, { length }) => sum + length, 0) / 100;
}

/** How long nothing more may come. */
const quietMs = 300;
/** Streams that the client has open at once. */
const streamsAtOnce = 96;
/** Longer bodies are not sent under every cut. */
const mostCutBytes = 512;

/** Makes a rule of a table of bodies and events. */
export function streamRule(id: ClientRule['id'], code: string, rule: StreamRule): ClientRule {
  const { title, statement, level = 'MUST', spec = [html('event-stream-interpretation')], needs } = rule;
  const judge = (context: ClientContext): Promise<Judgement> => judgeStreams(context, rule, level);
  return { id, code, level, title, statement, spec, ...(needs ? { needs } : {}), judge };
}

/** One way to send one body. */
export interface Delivery {
  readonly pieces: readonly Uint8Array[];
  readonly gapMs: number;
  /** How long nothing more may come, in ms; short where the last event ends the stream. Default 300. */
  readonly quietMs?: number;
  readonly expected: readonly ExpectedEvent[];
  /** The end of a sentence that begins "sent". */
  readonly how: string;
  /** The byte after which the body is cut. */
  readonly cut?: number;
}

async function judgeStreams(context: ClientContext, rule: StreamRule, level: ClientRule['level']): Promise<Judgement> {
  if (rule.persistingIds && context.capabilities.has('event-id-only')) {
    throw new Undecided('the client declares event-id-only: it does not tell the ID that outlives its block');
  }
  const deliveries = rule.cases.flatMap((one) => asWritten(one));
  const more = rule.onlyAsWritten ? [] : rule.cases.flatMap((one) => [...byteByByte(one), ...everyCut(one)]);
  const doubts: string[] = [];
  for (const group of [deliveries, ...groupsOf(more, streamsAtOnce)]) {
    const suspects = await playTogether(context, group);
    for (const delivery of suspects.slice(0, 8)) {
      const found = await confirm(context, delivery);
      if (found.kind === 'broken') return faultOf(level)(found.message, { evidence: found.evidence });
      if (found.kind === 'doubtful') doubts.push(found.message);
    }
    if (suspects.length > 8) doubts.push(`${suspects.length} streams at once did not get all their events in time`);
  }
  const [doubt] = doubts;
  if (doubt !== undefined) return inconclusive(doubt);
  const ways = deliveries.length + more.length;
  return pass(
    ways === 1 ? 'the events came as they must' : `the events came as they must, in each of ${ways} deliveries`,
  );
}

/** The case as its rule writes it. */
export function asWritten([sent, ...expected]: StreamCase): Delivery[] {
  const writes = (typeof sent === 'string' || sent instanceof Uint8Array ? [sent] : sent).map(bytesOf);
  const whole = { pieces: [Buffer.concat(writes)], gapMs: 0, expected, how: 'in one write' };
  if (writes.length === 1) return [whole];
  return [{ pieces: writes, gapMs: 15, expected, how: `in ${writes.length} writes` }, whole];
}

function byteByByte([sent, ...expected]: StreamCase): Delivery[] {
  const body = wholeBody(sent);
  if (body.length > mostCutBytes) return [];
  const pieces = Array.from(body, (_, at) => body.subarray(at, at + 1));
  return [{ pieces, gapMs: 2, expected, how: 'byte by byte' }];
}

function everyCut([sent, ...expected]: StreamCase): Delivery[] {
  const body = wholeBody(sent);
  if (body.length > mostCutBytes) return [];
  return Array.from({ length: Math.max(0, body.length - 1) }, (_, at) => {
    const cut = at + 1;
    const pieces = [body.subarray(0, cut), body.subarray(cut)];
    return { pieces, gapMs: 15, expected, how: `in two writes, cut after byte ${cut}`, cut };
  });
}

function wholeBody(sent: StreamCase[0]): Uint8Array {
  return typeof sent === 'string' || sent instanceof Uint8Array ? bytesOf(sent) : Buffer.concat(sent.map(bytesOf));
}

/** Plays deliveries side by side. @returns those that did not give exactly their events */
async function playTogether(context: ClientContext, deliveries: readonly Delivery[]): Promise<Delivery[]> {
  const begun = deliveries.map((delivery) => ({ delivery, play: begin(context, delivery) }));
  await Promise.all(begun.map(({ delivery, play }) => settle(context, delivery, play, eventMsOf(delivery))));
  await begun[0]?.play.watch(quietMs);
  const suspects = begun.filter(({ delivery, play }) => complaintAbout(context, delivery, play) !== undefined);
  for (const { play } of begun) play.end();
  return suspects.map(({ delivery }) => delivery);
}

type Found =
  | { readonly kind: 'innocent' }
  | { readonly kind: 'doubtful'; readonly message: string }
  | { readonly kind: 'broken'; readonly message: string; readonly evidence: Evidence };

/** Plays a delivery again, alone, before it accuses. */
async function confirm(context: ClientContext, delivery: Delivery): Promise<Found> {
  const eventMs = eventMsOf(delivery);
  const repeated = await repeatBeforeAccusing(
    context,
    (patience) => playAlone(context, delivery, eventMs * patience),
    (result) =>
      result === undefined ? undefined : result.isIncomplete ? { boundMs: eventMs, tookMs: eventMs + 1 } : 'wrong',
  );
  switch (repeated.kind) {
    case 'kept':
      return { kind: 'innocent' };
    case 'unstable':
      return { kind: 'doubtful', message: `sent ${delivery.how}: ${repeated.first?.message}, but not when repeated` };
    case 'strained':
      return { kind: 'doubtful', message: repeated.message };
    case 'missed':
      return {
        kind: 'broken',
        message: `sent ${delivery.how}: ${repeated.again?.message}`,
        evidence: evidenceOf(delivery),
      };
  }
}

/** @returns what is wrong with the events, undefined where nothing is @throws Undecided, SubjectDied */
export async function playAlone(
  context: ClientContext,
  delivery: Delivery,
  timeoutMs: number = eventMsOf(delivery),
): Promise<{ message: string; isIncomplete: boolean } | undefined> {
  const play = begin(context, delivery);
  try {
    await settle(context, delivery, play, timeoutMs);
    await play.watch(delivery.quietMs ?? quietMs);
    const message = complaintAbout(context, delivery, play);
    if (message === undefined) return undefined;
    if (play.asked.length === 0) throw new Undecided(`the client did not ask for the stream${play.refused ?? ''}`);
    return { message, isIncomplete: isIncomplete(delivery.expected, play.events, comparison(context.capabilities)) };
  } finally {
    play.end();
  }
}

function begin(context: ClientContext, { pieces, gapMs, expected }: Delivery): Play {
  return context.open({ scripts: [okInPieces(pieces, gapMs)] }, { types: listenedTypes(expected) });
}

/** Waits until everything was sent and the events are there, or cannot be right any more. */
async function settle(context: ClientContext, { expected }: Delivery, play: Play, timeoutMs: number): Promise<void> {
  await play.until(() => play.asked[0]?.playedAtMs !== undefined || play.refused !== undefined, 10_000);
  await play.until(() => !isIncomplete(expected, play.events, comparison(context.capabilities)), timeoutMs);
}

function complaintAbout(context: ClientContext, { expected }: Delivery, play: Play): string | undefined {
  return difference(expected, play.events, comparison(context.capabilities));
}

function evidenceOf({ pieces, cut }: Delivery): Evidence {
  const body = Buffer.concat(pieces);
  // Of a long body its start; what matters about it is its length.
  const shown = body.subarray(0, mostCutBytes);
  return { bytes: markedBytes(shown, 0, cut === undefined ? [0, 0] : [cut - 1, cut]) };
}

function groupsOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}
