import fc from 'fast-check';
import { build, decodeFromCompressedBase64, type Histogram } from 'hdr-histogram-js';
import { expect, test } from 'vitest';
import { grow, growth, HdrCounts, hdrLength, highestValueAt, largestValue, valueAtShare } from './hdr-layout.ts';
import { histogramRecord } from './hdr-record.ts';

const values = fc.array(fc.nat({ max: largestValue }), { minLength: 1, maxLength: 300 });

function counted(all: readonly number[]): HdrCounts {
  const counts = new HdrCounts();
  for (const value of all) counts.record(value);
  return counts;
}

test('a value is counted where it lies within 0.1 %', () => {
  fc.assert(
    fc.property(fc.nat({ max: largestValue }), (value) => {
      const index = counted([value]).counts.indexOf(1);
      const highest = highestValueAt(index);
      expect(highest).toBeGreaterThanOrEqual(value);
      expect(highest - value).toBeLessThanOrEqual(value / 1000);
    }),
  );
});

test('percentiles and the export are those of hdr-histogram-js', () => {
  fc.assert(
    fc.property(values, (all) => {
      const theirs = build({ highestTrackableValue: largestValue, numberOfSignificantValueDigits: 3 });
      for (const value of all) theirs.recordValue(value);
      const { counts } = counted(all);
      const record = histogramRecord(counts);
      const read = decodeFromCompressedBase64(record.hdrV2) as Histogram;
      for (const percent of [50, 90, 99, 99.9, 100]) {
        const ours = valueAtShare(counts, percent / 100);
        expect(ours).toBe(theirs.getValueAtPercentile(percent));
        expect(read.getValueAtPercentile(percent)).toBe(ours);
      }
      expect(read.totalCount).toBe(all.length);
    }),
    { numRuns: 50 },
  );
});

test('a histogram that is put together from what others grew by is that of all values', () => {
  fc.assert(
    fc.property(fc.array(values, { maxLength: 4 }), (parts) => {
      const counts = new HdrCounts();
      const before = new Uint32Array(hdrLength + 1);
      const sum = new Float64Array(hdrLength + 1);
      for (const part of parts) {
        for (const value of part) counts.record(value);
        grow(sum, growth(counts.counts, before));
      }
      expect([...sum]).toEqual([...counts.counts]);
    }),
    { numRuns: 20 },
  );
});

test('what never came counts as infinitely late', () => {
  const { counts } = counted([1, 2, 3, 4]);
  expect(valueAtShare(counts, 0.5, 0)).toBe(2);
  expect(valueAtShare(counts, 0.5, 4)).toBe(4);
  expect(valueAtShare(counts, 0.51, 4)).toBeNull();
  expect(histogramRecord(counts, 1)).toMatchObject({ count: 4, missing: 1, p99: null, max: 4 });
});

test('larger values than it holds are counted as overflow', () => {
  expect(histogramRecord(counted([largestValue + 5, 1]).counts)).toMatchObject({ overflow: 1, count: 2 });
});
