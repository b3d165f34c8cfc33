import { expect, test } from 'vitest';
import { expectNoneAccused } from '../conformance/defects/wrongly-accused.ts';
import config from '../vitest.config.ts';

/** What the tests of a project are tried again past. */
function conditionOf(project: string): RegExp | undefined {
  const projects = config.test?.projects ?? [];
  for (const one of projects) {
    if (typeof one !== 'object' || !('test' in one) || one.test?.name !== project) continue;
    const { retry } = one.test;
    return typeof retry === 'object' ? retry.condition : undefined;
  }
  return undefined;
}

/** The message with which a test fails. */
function messageOf(failing: () => void): string {
  try {
    failing();
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return 'it does not fail';
}

test.each(['judged', 'judged patiently'])('no test of "%s" is tried again past an accusation', (project) => {
  const condition = conditionOf(project);
  const accused = messageOf(() => expectNoneAccused({ 'http/method': 'fail: it answered 200' }));
  const undecided = messageOf(() => expect({ 'http/method': 'inconclusive: busy' }).toEqual({}));
  expect(condition?.test(accused)).toBe(false);
  expect(condition?.test(undecided)).toBe(true);
  expect(condition?.test('Test timed out in 240000ms.')).toBe(true);
});
