import { createParser, type Parser, type ParserSettings } from '../src/parser.ts';
import type { Happening } from './reference-reader.ts';

/** A parser, and what it has called back for so far. */
export function recordingParser(settings: Partial<ParserSettings> = {}): {
  parser: Parser;
  happenings: Happening[];
} {
  const happenings: Happening[] = [];
  const parser = createParser({
    onEvent: (event) => happenings.push({ kind: 'event', event }),
    onComment: (text) => happenings.push({ kind: 'comment', text }),
    onRetry: (reconnectionTimeMs) => happenings.push({ kind: 'retry', reconnectionTimeMs }),
    ...settings,
  });
  return { parser, happenings };
}
