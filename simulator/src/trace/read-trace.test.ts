import { describe, expect, test } from 'vitest';
import { readTrace } from './read-trace.ts';

describe('a trace', () => {
  test('keeps all digits of a time, and takes one without a zone as UTC', () => {
    const csv = 'TIMESTAMP,ContextTokens\r\n2023-11-16 18:17:03.9799600,10\r\n2023-11-16 18:17:04.0000001,20';
    const { times, column } = readTrace(csv, 'TIMESTAMP');
    expect(times[1]).toBeCloseTo(0.0200401, 9);
    expect(column('ContextTokens')).toEqual([10, 20]);
    expect(column('Model')).toBeUndefined();
  });

  test('is put in order, its columns with it', () => {
    const { times, column } = readTrace('t,n\n5,1\n2.5,2\n3,3\n', 't');
    expect(times).toEqual([0, 0.5, 2.5]);
    expect(column('n')).toEqual([2, 3, 1]);
  });

  test('reads zones, quotes and a byte order mark', () => {
    const csv = '\ufeff"at","who"\n"2026-01-01T01:00:00+01:00","a, ""b"""\n2026-01-01T00:00:01Z,c\n';
    const { times, column } = readTrace(csv, 'at');
    expect(times).toEqual([0, 1]);
    expect(column('who')).toBeUndefined();
  });

  test('tells a column that is not there, a time that is none, and a trace with nothing in it', () => {
    expect(() => readTrace('a,b\n1,2\n', 'c')).toThrow('--column is "c"; give one of a, b');
    expect(() => readTrace('t\n1\nsoon\n', 't')).toThrow(/^the time in line 3 is "soon"; give seconds/);
    expect(() => readTrace('t\n1\n', 't')).toThrow('trace is "1 records"; give at least two');
  });
});
