import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plain } from '../terminal.ts';
import { columnsOf, keepStart, markedLines, markedText, visibleText } from './marked-text.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('bytes as text', () => {
  test('controls, a byte order mark and bytes that are not UTF-8 can be seen', () => {
    expect(visibleText(Buffer.from('\ufeffa\r\n\0\\'))).toBe('\\ufeffa\\r\\n\\0\\\\');
    expect(visibleText(bytes('caf\xff\xc3'))).toBe('caf\\xff\\xc3');
  });

  test('carets stand under the marked bytes', () => {
    expect(markedText(bytes('data: caf\xff x'), [9, 10], plain)).toEqual(['data: caf\\xff x', '         ^^^^']);
  });

  test('carets stand under wide characters', () => {
    expect(markedText(Buffer.from('日本 x'), [7, 8], plain)).toEqual(['日本 x', '     ^']);
  });

  test('an empty mark is one caret at its place', () => {
    expect(markedText(bytes('retry:'), [6, 6], plain)).toEqual(['retry:', '      ^']);
  });

  test('a mark inside a character shows the bytes of that character', () => {
    expect(markedText(Buffer.from('é'), [1, 2], plain)).toEqual(['\\xc3\\xa9', '    ^^^^']);
  });

  test('colours show the mark as well', () => {
    expect(markedText(bytes('abc'), [1, 2], (style, text) => `<${style} ${text}>`)).toEqual([
      'a<inverse b>c',
      '<red  ^>',
    ]);
  });

  test('of several lines only those that the mark touches get carets', () => {
    expect(markedLines(bytes('a\nbcd\ne'), [2, 4], plain, 80)).toEqual(['a\\n', 'bcd\\n', '^^', 'e']);
    expect(markedLines(bytes('a\nb\n'), [0, 0], plain, 80)).toEqual(['a\\n', 'b\\n']);
  });

  test('what is too long is cut around the mark, which stays', () => {
    const [text, carets] = markedText(bytes(`${'a'.repeat(500)}X${'b'.repeat(500)}`), [500, 501], plain, 60);
    expect(columnsOf(text)).toBeLessThanOrEqual(60);
    expect(text).toMatch(/^…a+Xb+…$/);
    expect(text[carets.indexOf('^')]).toBe('X');
  });

  test('any bytes and any mark fit into the width', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), fc.nat(50), (any, start, length) => {
        const from = Math.min(start, any.length);
        const [text, carets] = markedText(any, [from, Math.min(from + length, any.length)], plain, 60);
        expect(columnsOf(text)).toBeLessThanOrEqual(60);
        expect(text).not.toMatch(/[\u0000-\u001f\u007f]/);
        expect(carets).toMatch(/^ *\^+$/);
      }),
    );
  });

  test('text that fits is left as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(keepStart(text, columnsOf(text))).toBe(text);
      }),
    );
  });
});
