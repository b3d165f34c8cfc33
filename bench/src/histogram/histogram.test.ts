import { expect, test } from 'vitest';
import { emptyHistogram, histogramOf, mergedRecords, percentileOf, recordOf } from './histogram.ts';

const upTo = (n: number, missing = 0) => {
  const histogram = emptyHistogram();
  for (let value = 1; value <= n; value += 1) histogram.recordValue(value);
  return recordOf(histogram, missing);
};

test('percentiles count what is missing as infinitely late', () => {
  const record = upTo(98, 2);
  expect([record.p50, record.p90, record.p99]).toEqual([50, 90, null]);
  expect(percentileOf(record, 98)).toBe(98);
  expect(percentileOf(record, 98.5)).toBe(Number.POSITIVE_INFINITY);
  expect(percentileOf(upTo(99, 1), 99)).toBe(99);
});

test('nothing expected has no percentile', () => {
  expect(recordOf(emptyHistogram())).toMatchObject({ count: 0, p50: null, max: 0 });
});

test('records are merged by counts', () => {
  const merged = mergedRecords([upTo(100), upTo(300, 4), upTo(50)]);
  expect(merged).toMatchObject({ count: 450, missing: 4, max: 300 });
  const values = [100, 300, 50].flatMap((n) => Array.from({ length: n }, (_, at) => at + 1)).sort((a, b) => a - b);
  expect(merged.p50).toBe(values[226]);
  expect(histogramOf(merged).totalCount).toBe(450);
});
