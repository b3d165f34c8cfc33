import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { madeUpBench } from '../../testing/made-up-bench.ts';
import { schemaText } from '../../write-schema.ts';
import { benchJsonSchema, readBenchResult } from './bench-result-schema.ts';

const validate = new Ajv2020({ strict: false, formats: { base64: true } }).compile(benchJsonSchema());

test('a result survives JSON and fits the published schema', () => {
  const read = JSON.parse(JSON.stringify(madeUpBench()));
  expect(readBenchResult(read, 'bench.json')).toEqual(madeUpBench());
  expect(validate(read), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...read, verdict: { ...read.verdict, validity: 'perhaps' } })).toBe(false);
  expect(validate({ ...read, surprise: 1 })).toBe(false);
});

test('the schema that is published is the one that is used: npm run bench:schema writes it', () => {
  expect(readFileSync(new URL('../../bench.schema.json', import.meta.url), 'utf8')).toBe(schemaText());
});

test('what is no result names the field at fault', () => {
  const read = JSON.parse(JSON.stringify(madeUpBench()));
  read.trials[3].counts.lost = 'many';
  expect(() => readBenchResult(read, 'A.json')).toThrow('A.json is "no result at trials.3.counts.lost"');
  expect(() => readBenchResult([], 'A.json')).toThrow('A.json is "no result"');
});
