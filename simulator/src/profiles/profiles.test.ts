import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { schemaTexts, withProfiles } from '../../profiles-page.ts';
import { until } from '../arrivals/shaping.ts';
import { dispersion, windowCounts } from '../statistics/describe.ts';
import { arrivalsOf } from './arrivals-of.ts';
import { namedProfiles } from './named.ts';
import type { Profile } from './profile.ts';
import { profileJsonSchema } from './profile-schema.ts';
import { profileNamed, readProfile, withOverrides } from './read-profile.ts';

const page = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
const office = profileNamed('office');
/** A Monday's midnight. */
const monday = Date.parse('2026-01-05T00:00:00Z');
const times = (profile: Profile, endS: number, seed = 1): number[] => [
  ...until(arrivalsOf(profile, seed, monday), endS),
];

describe('named profiles', () => {
  test.each(namedProfiles)('$name survives JSON and fits the published schema', (profile) => {
    const read = JSON.parse(JSON.stringify(profile));
    expect(readProfile(read)).toEqual(profile);
    const validate = new Ajv2020({ strict: false }).compile(profileJsonSchema());
    expect(validate(read), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...read, users: 1 })).toBe(false);
  });

  test.each(namedProfiles)('$name rises, and repeats by its seed', (profile) => {
    const hour = times(profile, 3600);
    expect(hour.every((time, at) => time >= (hour[at - 1] ?? 0))).toBe(true);
    expect(times(profile, 600)).toEqual(hour.filter((time) => time < 600));
    expect(times(profile, 600, 2)).not.toEqual(hour.filter((time) => time < 600));
  });

  test('stand in the README as they are, and the schemas beside it: npm run profiles writes both', () => {
    expect(page('README.md')).toBe(withProfiles(page('README.md')));
    expect(page('README.md')).toContain('| `launch-day` |');
    for (const [file, text] of Object.entries(schemaTexts())) expect(page(file)).toBe(text);
  });

  test('an unknown name is told, with those that there are', () => {
    expect(() => profileNamed('offce')).toThrow(
      'profile is "offce"; give one of quiet office steady-api launch-day incident',
    );
  });
});

describe('a profile that cannot be used names the field at fault', () => {
  test.each([
    ['arrivals.gate.off.shape', -1, 'arrivals.gate.off.shape is -1; give a value above 0'],
    ['arrivals.gate.off.scaleS', 'long', 'arrivals.gate.off.scaleS is "long"; give a number'],
    ['arrivals.process', 'fractal', /^arrivals.process is .*; give one of/],
    ['arrivals.wander.0.share', 0.9, /^arrivals.wander is .*; give shares that add up to 1/],
    ['records.users', 0, 'records.users is 0; give a value above 0'],
    ['records.user', 3, /^a profile has no field records.user; profile.schema.json lists those that it has$/],
    ['records.sizes.rankCorrelation', 0.5, /^records.sizes.rankCorrelation is .*quantiles/],
    ['scale', [{ by: 'copies', factor: 1.5 }], /^scale.0.factor is .*; give a whole number for copies/],
    ['day.whole.share', 0.9, /^day is .*; give shares of whole and half that stay below 1 together/],
    ['name', 'Office Hours', 'name is "Office Hours"; give lower-case letters, digits and dashes'],
    ['name.first', 'a', 'name.first is "a"; give a path of the profile: name has no parts'],
  ])('%s = %j', (path, value, message) => {
    expect(() => withOverrides(office, [[path, value]])).toThrow(message);
  });

  test('what is no object at all is told', () => {
    expect(() => readProfile(7)).toThrow('profile is 7; give an object');
  });
});

test('overrides replace what they name and leave the original alone', () => {
  const changed = withOverrides(office, [['arrivals.count.mean', 2]]);
  expect(changed).toEqual({ ...office, arrivals: { ...office.arrivals, count: { mean: 2, size: 1.31 } } });
  expect(office.arrivals).toMatchObject({ count: { mean: 1.016 } });
});

describe('scaling', () => {
  const { day: _, ...steady } = office;
  const scaled = (by: string, factor: number): Profile => withOverrides(steady, [['scale', [{ by, factor }]]]);
  const long = times(steady, 20_000);

  test('by copies keeps the dispersion, by intensity multiplies what is above 1 of it', () => {
    const copies = times(scaled('copies', 4), 20_000);
    const intense = times(scaled('intensity', 4), 20_000);
    expect(copies.length / long.length / 4).toBeCloseTo(1, 0);
    expect(intense.length / long.length / 4).toBeCloseTo(1, 1);
    expect(dispersion(copies, 1) / dispersion(long, 1)).toBeCloseTo(1, 0);
    const ratio = (dispersion(intense, 1) - 1) / (dispersion(long, 1) - 1);
    expect(ratio).toBeGreaterThan(3);
    expect(ratio).toBeLessThan(4.5);
  });

  test('by speed plays the same faster, by share leaves some out', () => {
    expect(times(scaled('speed', 2), 1000)).toEqual(times(steady, 2000).map((time) => time / 2));
    expect(times(scaled('share', 0.25), 20_000).length / long.length).toBeCloseTo(0.25, 1);
  });

  test('by intensity is refused where there is no rate', () => {
    const hawkes = withOverrides(scaled('intensity', 2), [
      ['arrivals', { process: 'hawkes', basePerS: 1, branching: 0.5, decayPerS: 1 }],
    ]);
    expect(() => times(hawkes, 1)).toThrow(/^scale by is "intensity"; give copies, speed or share/);
  });
});

describe('a day', () => {
  const processes = [
    office.arrivals,
    { process: 'poisson', ratePerS: 1 },
    { process: 'hawkes', basePerS: 0.5, branching: 0.5, decayPerS: 1 },
  ] as const;

  test.each(processes)('moves the rate of $process and keeps its mean', (arrivals) => {
    const profile = { ...office, arrivals };
    const { day: _, ...steady } = profile;
    const [moved, even] = [times(profile, 86_400), times(steady, 86_400)];
    expect(moved.length / even.length).toBeGreaterThan(0.85);
    expect(moved.length / even.length).toBeLessThan(1.15);
    const counts = windowCounts([0, ...moved, 86_400], 3 * 3600);
    // From midnight on in parts of three hours: the least from 0 to 6, the most from 15 to 21.
    expect(Math.max(...counts.slice(5, 7))).toBeGreaterThan(1.25 * Math.max(...counts.slice(0, 2)));
  });
});
