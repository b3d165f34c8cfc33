import type { MarkedBytes } from '@ssert/conformance';
import { visibleText } from '../marked-text.ts';
import { type Markup, markup } from './markup.ts';

const bytesPerRow = 16;
/** More bytes than this are left out before and behind the mark. */
const around = 256;
const longestMark = 1024;

/** Bytes off the wire as lines of text and in hexadecimal, the offending ones marked in both. */
export function bytesMarkup({ offset, hex, mark }: MarkedBytes): Markup {
  const all = Buffer.from(hex, 'hex');
  const from = Math.max(0, mark[0] - around);
  const to = Math.min(all.length, Math.min(mark[1], mark[0] + longestMark) + around);
  const bytes = all.subarray(from, to);
  const within = [mark[0] - from, Math.min(mark[1] - from, bytes.length)] as const;
  const cut = all.length - bytes.length;
  return markup`<pre class="text">${textLines(bytes, within)}</pre>
<div class="scroll" role="region" aria-label="The bytes in hexadecimal" tabindex="0"><table class="hex">${hexRows(bytes, within, offset + from)}</table></div>
<p class="note">${placeOf(offset, mark)}${cut > 0 ? ` ${cut} more bytes around them are in report.json.` : ''}</p>`;
}

/** Each line ends where the stream's own lines end, so that it reads as it was sent. */
function textLines(bytes: Uint8Array, [start, end]: readonly [number, number]): Markup[] {
  const part = (from: number, to: number): Markup => markup`${inLines(bytes.subarray(from, to))}`;
  const caret = start === end ? markup`<mark class="place"></mark>` : markup`<mark>${part(start, end)}</mark>`;
  return [part(0, start), caret, part(end, bytes.length)];
}

function placeOf(offset: number, [start, end]: readonly [number, number]): string {
  const [first, last] = [offset + start, offset + end - 1];
  if (last < first) return `At byte ${first} of the stream.`;
  return last === first
    ? `Byte ${first} of the stream is marked.`
    : `Bytes ${first} to ${last} of the stream are marked.`;
}

/** Bytes as text with a line break behind each line feed. */
function inLines(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let from = 0; from < bytes.length; ) {
    const lineFeed = bytes.indexOf(10, from);
    const to = lineFeed < 0 ? bytes.length : lineFeed + 1;
    lines.push(visibleText(bytes.subarray(from, to)), lineFeed < 0 ? '' : '\n');
    from = to;
  }
  return lines.join('');
}

function hexRows(bytes: Uint8Array, mark: readonly [number, number], offset: number): Markup[] {
  const rows: Markup[] = [];
  for (let at = 0; at < bytes.length; at += bytesPerRow) {
    const row = bytes.subarray(at, at + bytesPerRow);
    const marked: readonly [number, number] = [mark[0] - at, mark[1] - at];
    const digits = runs(row, marked, (byte) => byte.toString(16).padStart(2, '0'), ' ');
    const characters = runs(row, marked, (byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '·'), '');
    rows.push(markup`<tr><th scope="row">${offset + at}</th><td>${digits}</td><td>${characters}</td></tr>`);
  }
  return rows;
}

/** A row in up to three runs, the middle one marked. */
function runs(
  row: Uint8Array,
  [start, end]: readonly [number, number],
  show: (byte: number) => string,
  separator: string,
): Markup {
  const cut = (from: number, to: number): string =>
    [...row.subarray(Math.max(0, from), Math.max(0, to))].map(show).join(separator);
  const [before, middle, after] = [cut(0, start), cut(start, end), cut(Math.max(0, end), row.length)];
  const gap = (left: string, right: string): string => (left !== '' && right !== '' ? separator : '');
  if (middle === '') return markup`${[...row].map(show).join(separator)}`;
  return markup`${before}${gap(before, middle)}<mark>${middle}</mark>${gap(middle, after)}${after}`;
}
