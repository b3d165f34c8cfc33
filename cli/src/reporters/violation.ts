import type { Violation } from '@ssert/conformance';
import type { Paint, Style } from '../terminal.ts';
import { markedText, visibleText } from './marked-text.ts';

/** What the linter counted. */
export interface Findings {
  /** Bytes of the body. */
  bytes: number;
  /** Bytes of response heads that stood in front of it. */
  headBytes: number;
  events: number;
  comments: number;
  errors: number;
  warnings: number;
  notes: number;
}

const styles: Readonly<Record<Violation['severity'], Style>> = { error: 'red', warning: 'yellow', note: 'cyan' };

/** A violation for people: where and what, then the line's bytes with the faulty range marked. */
export function violationLines(violation: Violation, paint: Paint, columns = 100): string[] {
  const { offset, line, severity, rule, message, bytes, mark } = violation;
  const title = `offset ${offset}, line ${line}: ${paint(styles[severity], severity)} ${rule ? `${rule} ` : ''}${message}`;
  if (bytes.length === 0) return [title];
  return [title, ...markedText(bytes, mark, paint, columns - 4).map((text) => `    ${text}`)];
}

/** A violation for programs. */
export function violationRecord(violation: Violation): object {
  const { bytes, mark, ...rest } = violation;
  return bytes.length === 0
    ? rest
    : { ...rest, bytes: { hex: Buffer.from(bytes).toString('hex'), text: visibleText(bytes), mark } };
}

/** The summary for people. */
export function wordsOf({ bytes, headBytes, events, comments, errors, warnings, notes }: Findings): string {
  const many = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  const head = headBytes === 0 ? '' : ` (after a response head of ${headBytes} bytes, which offsets leave out)`;
  const found = `${many(errors, 'error')}, ${many(warnings, 'warning')}, ${many(notes, 'note')}`;
  return `${many(bytes, 'byte')}, ${many(events, 'event')}, ${many(comments, 'comment')}${head}: ${found}`;
}
