import { expect, test } from 'vitest';
import { judge } from '../../../defects/judge-defect.ts';
import { processTarget } from '../../../defects/process-target.ts';
import { spreadReturn } from './restart.ts';

test('a retry of more digits than a number holds is a very long one, and leaves every figure a number', async () => {
  const results = await judge(processTarget('tells-some-to-come-back-never'), [spreadReturn]);
  expect(results).toMatchObject([{ verdict: 'pass' }]);
  const [{ evidence } = {}] = JSON.parse(JSON.stringify(results));
  expect(Object.values(evidence.observed).filter((figure) => typeof figure !== 'number')).toEqual([]);
});
