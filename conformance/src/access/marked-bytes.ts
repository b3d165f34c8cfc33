import type { Violation } from '../judge/wire-inspector.ts';
import type { Evidence, MarkedBytes } from '../verdict.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes as evidence: hexadecimal, escaped text, and the range at fault. */
export function markedBytes(bytes: Uint8Array, offset: number, mark: readonly [number, number]): MarkedBytes {
  return { offset, hex: Buffer.from(bytes).toString('hex'), text: escapeControls(decoder.decode(bytes)), mark };
}

/** Text with line ends, NUL and other controls as escapes, so that each can be seen. */
export function escapeControls(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\\]/g, (character) => {
    const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\0': '\\0', '\\': '\\\\' };
    return short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** A violation's line with its fault marked. */
export function evidenceOfViolation(violation: Violation): Evidence {
  const observed = { offset: violation.offset, line: violation.line };
  if (violation.bytes.length === 0) return { observed };
  const [start] = violation.mark;
  return { bytes: markedBytes(violation.bytes, violation.offset - start, violation.mark), observed };
}
