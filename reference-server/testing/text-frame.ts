import type { Frame } from '../src/batch.ts';

const utf8 = new TextEncoder();

/** A frame that is this text on the wire. */
export function frame(text: string, type?: string): Frame {
  return { bytes: utf8.encode(text), ...(type !== undefined && { type }) };
}
