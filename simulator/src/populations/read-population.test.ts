import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { population } from './population.ts';
import { populationJsonSchema, readPopulation } from './read-population.ts';
import { type PopulationName, populations } from './scenarios.ts';

const names = Object.keys(populations) as PopulationName[];

test.each(names)('%s fits the published schema', (name) => {
  const plans = population({ ...populations[name], clients: 20, durationMs: 60_000 }, 7);
  const validate = new Ajv2020({ strict: false }).compile(populationJsonSchema());
  expect(validate(JSON.parse(JSON.stringify(plans))), JSON.stringify(validate.errors)).toBe(true);
});

describe('a population that cannot be used names the field at fault', () => {
  const plan = {
    number: 1,
    kind: 'fast',
    joinAtMs: 100,
    leaveAtMs: 900,
    leaves: 'stays',
    resumes: true,
    reading: [{ atMs: 100, bytesPerS: 'unlimited' }],
    losses: [{ atMs: 200, why: 'cut', by: 'fin', backAtMs: 300 }],
    faults: {},
  };
  test.each([
    [[], /^population is .*; give a value from 1 up$/],
    [[{ ...plan, kind: 'fat' }], '0.kind is "fat"; give one of fast slow mobile flaky stalled'],
    [
      [{ ...plan, losses: [{ ...plan.losses[0], by: 'kick' }] }],
      '0.losses.0.by is "kick"; give one of rst fin silence',
    ],
    [[{ ...plan, age: 3 }], /^a population has no field 0.age; population.schema.json lists those that it has$/],
    [[{ ...plan, leaveAtMs: 50 }], '0.leaveAtMs is "50"; give a time not before joinAtMs'],
    [[{ ...plan, leaveAtMs: 150 }], /^0.losses is .*; give losses that are not behind leaveAtMs$/],
    [
      [{ ...plan, joinAtMs: 220, reading: [{ atMs: 220, bytesPerS: 0 }] }],
      /^0.losses is .*; give losses in order from/,
    ],
    [
      [{ ...plan, reading: [{ atMs: 0, bytesPerS: 0 }] }],
      /^0.reading is .*; give how it reads from joinAtMs on, first/,
    ],
    [[{ ...plan, faults: { preset: 'moon' } }], /^preset is "moon"; give one of mobile/],
    [[plan, plan], /^number is .*; give another number for each client/],
  ])('%#', (value, message) => {
    expect(() => readPopulation(value)).toThrow(message);
  });
});
