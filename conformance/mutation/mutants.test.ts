import { describe, expect, test } from 'vitest';
import { applied, mutantsOf } from './mutants.ts';

const sourcesAfter = (source: string): string[] => mutantsOf('a.ts', source).map((mutant) => applied(mutant, source));

describe('the mutants of a source', () => {
  test('force a condition both ways and swap its comparison', () => {
    expect(sourcesAfter('if (a < b) c;')).toEqual(['if (true) c;', 'if (false) c;', 'if (a <= b) c;']);
  });

  test('leave out a statement that does something', () => {
    expect(sourcesAfter('list.add(one);')).toEqual([';']);
    expect(sourcesAfter('await done();')).toEqual([';']);
  });

  test('change literals, negations and counting', () => {
    expect(sourcesAfter('const a = 2;')).toEqual(['const a = 3;']);
    expect(sourcesAfter('const a = !b;')).toEqual(['const a = b;']);
    expect(sourcesAfter('x = a && b;')).toEqual([';', 'x = a || b;']);
    expect(sourcesAfter('n++;')).toEqual([';', 'n--;']);
  });

  test('leave types, imports and texts alone', () => {
    expect(mutantsOf('a.ts', "import { a } from 'b'; type C = 1 | true; const d: 2 = e as 2, f = 'g';")).toEqual([]);
  });

  test('tell their line and what they change', () => {
    const [first] = mutantsOf('a.ts', '\n\nlist.add(one);');
    expect(first).toMatchObject({ line: 3, what: 'leaves out list.add(one);' });
  });

  test('of a source that cannot be parsed are an error that names it', () => {
    expect(() => mutantsOf('a.ts', 'const = 1')).toThrow(/^a\.ts: /);
  });
});
