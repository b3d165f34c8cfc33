import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearest } from './nearest.ts';
import type { Rule } from './rule.ts';
import { type RuleSelection, selectRules } from './select-rules.ts';

const rules = [
  { id: 'http/status-and-content-type', level: 'MUST' },
  { id: 'http/cache-control', level: 'SHOULD' },
  { id: 'framing/newline-in-data', level: 'MUST' },
  { id: 'framing/line-endings', level: 'SHOULD' },
  { id: 'delivery/latency', level: 'MAY' },
] as const satisfies readonly Pick<Rule, 'id' | 'level'>[];

const ids = (selection: RuleSelection): string[] => selectRules(rules, selection).map(({ id }) => id);

describe('selecting rules', () => {
  test('an empty selection takes every rule in order', () => {
    expect(ids({})).toEqual(rules.map(({ id }) => id));
  });

  test('a glob names rules by their id', () => {
    expect(ids({ rule: ['framing/*'] })).toEqual(['framing/newline-in-data', 'framing/line-endings']);
  });

  test('a glob without a slash is held against the part after the area', () => {
    expect(ids({ rule: ['*line*', 'latency'] })).toEqual([
      'framing/newline-in-data',
      'framing/line-endings',
      'delivery/latency',
    ]);
  });

  test('skip leaves rules out of what the others take', () => {
    expect(ids({ area: ['http', 'delivery'], skip: ['cache-control'] })).toEqual([
      'http/status-and-content-type',
      'delivery/latency',
    ]);
  });

  test('a level takes the stricter ones as well', () => {
    expect(ids({ level: 'must' })).toEqual(['http/status-and-content-type', 'framing/newline-in-data']);
    expect(ids({ level: 'should' })).toHaveLength(4);
    expect(ids({ level: 'may' })).toHaveLength(5);
  });

  test.each([
    [{ rule: ['framing/newline-in-dat'] }, /--rule is "framing\/newline-in-dat".*framing\/newline-in-data/],
    [{ rule: ['newlin-in-data'] }, /such as framing\/newline-in-data/],
    [{ rule: [''] }, /--rule is ""; give a glob that fits a rule's id/],
    [{ rule: ['framing'] }, /such as framing\/\*/],
    [{ rule: ['framing/*', 'nothing-of-the-kind'] }, /--rule is "nothing-of-the-kind"/],
    [{ skip: ['deliver/*'] }, /--skip is "deliver\/\*"/],
    [{ area: ['frame'] }, /--area is "frame"; give one of http framing delivery/],
    [{ area: ['finite'] }, /--area is "finite"/],
    [{ rule: ['latency'], level: 'must' as const }, /--rule with --level is "latency must"/],
  ])('a filter that fits nothing is an error that helps: %o', (selection, message) => {
    expect(() => ids(selection)).toThrow(message);
  });
});

describe('the nearest candidates', () => {
  test('one edit away is found, far away is not', () => {
    expect(nearest('--heaer', ['--header', '--start', '--seed'])).toEqual(['--header']);
    expect(nearest('--zzzzzz', ['--header', '--start'])).toEqual([]);
  });

  test('half a name finds the whole', () => {
    expect(nearest('timeout', ['--timeout', '--jobs'])).toEqual(['--timeout']);
  });

  test('a candidate is nearest to itself', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), fc.nat(), (candidates, at) => {
        const chosen = candidates[at % candidates.length] as string;
        expect(nearest(chosen, candidates).map((one) => one.toLowerCase())).toContain(chosen.toLowerCase());
      }),
    );
  });
});
