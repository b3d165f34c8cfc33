import { describe, expect, test } from 'vitest';
import { courseOfCount, courseOfMemory } from './growth.ts';

const mib = 1024 * 1024;

describe('a count over blocks of 200 visits', () => {
  test.each([
    ['stays as it is', [23, 23, 24, 23, 23, 24], 'level'],
    ['fills a pool and stays', [23, 90, 223, 223, 223, 223, 224], 'level'],
    ['fills a pool still', [23, 63, 103, 143, 183, 223], 'open'],
    ['rises with each visit', [23, 223, 423, 623, 823], 'steady'],
    ['rises with one visit in four', [23, 73, 123, 173, 223, 273, 323, 373, 423], 'steady'],
    ['rose and stopped', [23, 223, 423, 623, 623], 'open'],
    ['is not known well enough', [23, 23], 'open'],
  ])('that %s is %s: %s', (_, counts, course) => {
    expect(courseOfCount(counts as number[], 200)).toBe(course);
  });
});

describe('memory over blocks', () => {
  const inBytes = (readings: readonly number[]) => readings.map((reading) => 1 + reading * mib);

  test.each([
    ['stays as it is', [80, 81, 80, 81, 81, 82], 'level'],
    ['fills a cache and stays', [80, 200, 300, 300, 301, 300, 301], 'level'],
    ['grows as a heap that is not cleaned yet', [80, 90, 100, 110, 120, 130], 'open'],
    ['grows without end', [80, 200, 320, 440, 560, 680], 'steady'],
    ['grew as much and slows down', [80, 300, 520, 600, 610, 620, 640], 'open'],
    ['is cleaned up now and then', [80, 250, 420, 590, 300, 500, 690], 'open'],
  ])('that %s is %s: %s', (_, readings, course) => {
    expect(courseOfMemory(inBytes(readings as number[]), 0.1 * mib)).toBe(course);
  });
});
