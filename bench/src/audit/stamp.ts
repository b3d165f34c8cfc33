/**
 * What a published event carries, so that whoever receives it can tell which one it is, and that it is whole:
 *
 *     @sb1 run:8 topic:4 seq:8 intended:14 padding-length:6 padding check:8
 *
 * without the blanks; numbers are lower case hexadecimal of fixed width. Every byte stands for itself in JSON, in URLs
 * and in form fields, so a stamp is found in data however a server wraps it. The check covers all that precedes it but
 * the marker.
 */
export interface Stamp {
  /** Tells this run's events from those of another: 32 bits. */
  readonly run: number;
  readonly topic: number;
  /** Of this topic, from 0. */
  readonly seq: number;
  /** When the event is due, in whole us of `nowUs`. */
  readonly intendedUs: number;
}

/** The `seq` of events that only open streams: they are in no schedule, and in no count. */
export const openingSeq: number = 2 ** 32 - 1;

/** Begins a stamp; its first byte occurs nowhere else in one. */
export const marker = '@sb1';
/** Hexadecimal digits of the fields, in their order. */
export const fieldDigits = [8, 4, 8, 14, 6] as const;
const checkDigits = 8;

/** Bytes of the smallest stamped payload. */
export const smallestPayload: number = marker.length + fieldDigits.reduce<number>((sum, n) => sum + n, 0) + checkDigits;

const letters = 'abcdefghijklmnopqrstuvwxyz234567';

/** A stamped payload of `bytes` bytes, or of `smallestPayload` where that is more. */
export function stamped({ run, topic, seq, intendedUs }: Stamp, bytes: number): string {
  const padding = Math.max(0, bytes - smallestPayload);
  const fields = [run >>> 0, topic, seq, Math.floor(intendedUs), padding];
  const head = fields.map((value, at) => value.toString(16).padStart(fieldDigits[at] ?? 0, '0')).join('');
  const covered = head + paddingOf(seq, padding);
  return marker + covered + checkOf(covered).toString(16).padStart(checkDigits, '0');
}

/** Differs from one event to the next, so that what a server cuts and joins is noticed. */
function paddingOf(seq: number, length: number): string {
  const from = seq % letters.length;
  const turned = letters.slice(from) + letters.slice(0, from);
  return turned.repeat(Math.ceil(length / turned.length)).slice(0, length);
}

function checkOf(text: string): number {
  let check = checkStart;
  for (let at = 0; at < text.length; at += 1) check = checkNext(check, text.charCodeAt(at));
  return check >>> 0;
}

export const checkStart = 0x811c9dc5;

/** One step of FNV-1a (32 bits). */
export function checkNext(check: number, byte: number): number {
  return Math.imul(check ^ byte, 0x01000193);
}
