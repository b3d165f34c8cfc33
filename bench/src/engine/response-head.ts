import { framings } from './body-scanner.ts';

/** What the engine needs to know of a response's head. */
export interface ResponseHead {
  readonly status: number;
  readonly eventStream: boolean;
  /** One of `framings`. */
  readonly framing: number;
  readonly length: number;
  /** Where the body begins. */
  readonly end: number;
}

const LF = 10;
const CR = 13;
const headEnd = Uint8Array.of(CR, LF, CR, LF);

/**
 * Reads an HTTP/1.1 head out of bytes.
 * @returns undefined where it is not complete; `status` 0 where it is none
 */
export function readHead(bytes: Buffer): ResponseHead | undefined {
  const blank = bytes.indexOf(headEnd);
  if (blank < 0) return undefined;
  const lines = bytes.toString('latin1', 0, blank).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})( |$)/.exec(lines[0] ?? '')?.[1] ?? 0);
  const value = (name: string): string | undefined =>
    lines.find((line) => line.length > name.length && line.slice(0, name.length + 1).toLowerCase() === `${name}:`);
  const type = value('content-type');
  const length = Number(/:\s*(\d+)\s*$/.exec(value('content-length') ?? '')?.[1] ?? Number.NaN);
  const chunked = /\bchunked\s*$/i.test(value('transfer-encoding') ?? '');
  const encoded = value('content-encoding');
  return {
    status,
    eventStream:
      type !== undefined && /:\s*text\/event-stream\s*(;|$)/i.test(type) && (encoded?.endsWith('identity') ?? true),
    framing: chunked ? framings.chunked : Number.isNaN(length) ? framings.untilClose : framings.length,
    length: Number.isNaN(length) ? 0 : length,
    end: blank + headEnd.length,
  };
}
