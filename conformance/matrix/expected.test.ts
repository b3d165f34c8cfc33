import { expect, test } from 'vitest';
import { changes, updated } from './expected.ts';
import { mayBeChance, surprises } from './surprises.ts';

const order = ['http/a', 'http/b', 'http/c', 'http/d'];

function server(name: string, verdicts: Record<string, 'pass' | 'fail' | 'inconclusive'>) {
  const results = Object.entries(verdicts).map(([id, verdict]) => ({ id, verdict, message: '' }) as const);
  return { name, results };
}

test('a failure is listed, a rule that is kept is not, and what was not decided stays as it was', () => {
  const found = server('x', { 'http/d': 'fail', 'http/a': 'fail', 'http/b': 'pass', 'http/c': 'inconclusive' });
  expect(updated({ x: ['http/c', 'http/b'] }, [found as never], order)).toEqual({ x: ['http/a', 'http/c', 'http/d'] });
});

test('a server that was not judged keeps its list, and a new one gets its own', () => {
  expect(updated({ x: ['http/a'] }, [server('y', { 'http/b': 'fail' }) as never], order)).toEqual({
    x: ['http/a'],
    y: ['http/b'],
  });
});

test('what changed is told rule by rule', () => {
  expect(changes({ x: ['http/a', 'http/b'] }, { x: ['http/b', 'http/c'], y: ['http/a'] })).toEqual([
    'x: http/c is new',
    'x: http/a is gone',
    'y: http/a is new',
  ]);
});

test.each([
  ['nothing was surprising', { 'http/a': 'fail', 'http/b': 'pass' }, false],
  ['something was not decided', { 'http/a': 'fail', 'http/b': 'inconclusive' }, true],
  ['a known failure was not seen', { 'http/a': 'pass' }, true],
  ['there is a new failure', { 'http/a': 'pass', 'http/b': 'fail' }, false],
] as const)('where %s, judging again alone: %j', (_, verdicts, again) => {
  expect(mayBeChance(server('x', verdicts) as never, { x: ['http/a'] }, { quick: true })).toBe(again);
});

test('what cannot be decided on a server is no surprise there, and one on another', () => {
  const undecided = { x: { 'http/b': 'it shows no count' } };
  const options = { quick: true, strict: false, undecided };
  expect(surprises(server('x', { 'http/b': 'inconclusive' }) as never, {}, options)).toEqual([]);
  expect(surprises(server('y', { 'http/b': 'inconclusive' }) as never, {}, options)).toHaveLength(1);
});
