import { expect, test } from 'vitest';
import { presets } from './presets.ts';
import { resolveScenario } from './scenario.ts';
import { resolveFaults } from './settings.ts';

test.each([
  [{}, /^scenario is "\{\}"; give a list/],
  [[{ cut: 'rst' }], /^scenario\[0\]\.atMs is undefined; give ms from the start/],
  [[{ atMs: 1 }], /^scenario\[0\] is .*; give faults or cut/],
  [
    [
      { atMs: 1, cut: 'rst' },
      { atMs: 2, cut: 'no' },
    ],
    /^scenario\[1\]\.cut is "no"; give one of rst/,
  ],
  [[{ atMs: 1, fault: {} }], /^scenario\[0\]\.fault is .*; give atMs, faults and cut only/],
  [[{ atMs: 1, faults: { share: 2 } }], /^share is 2; give a number from 0 to 1/],
])('a step that cannot be used is named: %j', (given, message) => {
  expect(() => resolveScenario(given)).toThrow(message);
});

test.each(Object.keys(presets))('the preset %s can be used', (preset) => {
  expect(resolveFaults({ preset })).toMatchObject(presets[preset as keyof typeof presets]);
});
