import { escapeControls, firstInvalidUtf8 } from '@ssert/conformance';
import type { Paint } from '../terminal.ts';

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes as text in which each can be seen: controls as escapes, bytes that are not UTF-8 as `\xff`. */
export function visibleText(bytes: Uint8Array): string {
  let text = '';
  for (let rest = bytes; rest.length > 0; ) {
    const [start, end] = firstInvalidUtf8(rest);
    text += escapeControls(decoder.decode(rest.subarray(0, start)));
    for (const byte of rest.subarray(start, end)) text += `\\x${byte.toString(16).padStart(2, '0')}`;
    rest = rest.subarray(end);
  }
  return text;
}

/**
 * A line of bytes, and under it carets below the marked range; what does not fit into the width is cut around it.
 * @param mark the range of `bytes`, its end exclusive; an empty one marks a place
 */
export function markedText(
  bytes: Uint8Array,
  mark: readonly [start: number, end: number],
  paint: Paint,
  width = 100,
): [text: string, carets: string] {
  const [start, end] = mark;
  const third = Math.floor(width / 3);
  const before = keepEnd(visibleText(bytes.subarray(0, start)), third);
  const marked = keepStart(visibleText(bytes.subarray(start, end)), third);
  const after = keepStart(visibleText(bytes.subarray(end)), width - columnsOf(before) - columnsOf(marked));
  const carets = ' '.repeat(columnsOf(before)) + '^'.repeat(Math.max(1, columnsOf(marked)));
  return [`${before}${marked === '' ? '' : paint('inverse', marked)}${after}`, paint('red', carets)];
}

/** The same for bytes of several lines: carets only under the lines that the mark touches, none where it is empty. */
export function markedLines(
  bytes: Uint8Array,
  mark: readonly [start: number, end: number],
  paint: Paint,
  width: number,
): string[] {
  const lines: string[] = [];
  for (let from = 0; from < bytes.length; ) {
    const lineFeed = bytes.indexOf(10, from);
    const to = lineFeed < 0 ? bytes.length : lineFeed + 1;
    const line = bytes.subarray(from, to);
    const start = Math.max(mark[0] - from, 0);
    const end = Math.min(mark[1] - from, line.length);
    if (start < end) lines.push(...markedText(line, [start, end], paint, width));
    else lines.push(keepStart(visibleText(line), width));
    from = to;
  }
  return lines;
}

/** Columns that text takes in a terminal: wide characters two, combining ones none. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{Mn}|\u200d|[\ufe00-\ufe0f]/u.test(character)) continue;
    columns +=
      /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|[\u3000-\u303e\uff01-\uff60]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return columns;
}

/** The start of text in at most this many columns, with `…` where something is left out. */
export function keepStart(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = '';
  let used = 1;
  for (const character of text) {
    used += columnsOf(character);
    if (used > columns) break;
    kept += character;
  }
  return `${kept}…`;
}

function keepEnd(text: string, columns: number): string {
  const reversed = (of: string): string => [...of].reverse().join('');
  return reversed(keepStart(reversed(text), columns));
}
