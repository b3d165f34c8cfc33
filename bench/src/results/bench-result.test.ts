import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { schemaText, withMetrics } from '../../pages.ts';
import { madeUpBench } from '../../testing/made-up-bench.ts';
import { benchJsonSchema, readBenchResult } from './bench-result-schema.ts';

const validate = new Ajv2020({ strict: false, formats: { base64: true } }).compile(benchJsonSchema());

test('a result survives JSON and fits the published schema', () => {
  const read = JSON.parse(JSON.stringify(madeUpBench()));
  expect(readBenchResult(read, 'bench.json')).toEqual(madeUpBench());
  expect(validate(read), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...read, verdict: { ...read.verdict, validity: 'perhaps' } })).toBe(false);
  expect(validate({ ...read, surprise: 1 })).toBe(false);
});

test('the published schema and the metrics of the README are what is used: npm run bench:pages writes both', () => {
  const page = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
  expect(page('bench.schema.json')).toBe(schemaText());
  expect(page('README.md')).toBe(withMetrics(page('README.md')));
  expect(page('README.md')).toContain('| `connect.ok` |');
});

test('what is no result names the field at fault', () => {
  const read = JSON.parse(JSON.stringify(madeUpBench()));
  read.trials[3].counts.lost = 'many';
  expect(() => readBenchResult(read, 'A.json')).toThrow('A.json is "no result at trials.3.counts.lost"');
  expect(() => readBenchResult([], 'A.json')).toThrow('A.json is "no result"');
});
