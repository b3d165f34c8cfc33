import type { Verdict } from '@ssert/conformance';
import fc from 'fast-check';
import { Parser } from 'tap-parser';
import { expect, test } from 'vitest';
import { madeUpReport, madeUpResult } from '../testing/made-up-report.ts';
import { exitCode } from './exit-code.ts';
import type { Report } from './report.ts';
import { githubAnnotations } from './reporters/github.ts';
import { junitReport } from './reporters/junit.ts';
import { tapReport } from './reporters/tap.ts';

const verdict = fc.constantFrom<Verdict>('pass', 'fail', 'warn', 'info', 'skip', 'inconclusive', 'error');
const why = fc.constantFrom(...(['target-unreachable', 'target-lost', 'timeout', 'interrupted', 'harness'] as const));

const results = fc
  .array(fc.record({ verdict, because: fc.constantFrom('access' as const, 'profile' as const), listed: fc.boolean() }))
  .map((all) => all.map((one, at) => ({ ...one, result: madeUpResult(`framing/rule-${at}`, one) })));

/** Any report, with a list of known failures that is as the verdicts leave it. */
const report: fc.Arbitrary<Report> = fc
  .record({
    results,
    brokenOff: fc.option(why, { nil: undefined }),
    withBaseline: fc.boolean(),
    expectations: fc.record({ strict: fc.boolean(), requireAccess: fc.boolean(), requireDecision: fc.boolean() }),
  })
  .map(({ results, brokenOff, withBaseline, expectations }) => {
    const listed = (...verdicts: Verdict[]): string[] =>
      results.filter((one) => one.listed && verdicts.includes(one.verdict)).map(({ result }) => result.id);
    const baseline = { known: listed('fail', 'warn'), expired: [], passing: listed('pass', 'info') };
    return madeUpReport(
      results.map(({ result }) => result),
      {
        expectations,
        ...(withBaseline ? { baseline } : {}),
        ...(brokenOff ? { brokenOff: { why: brokenOff, message: 'it ended' } } : {}),
      },
    );
  });

const isGreen = ({ results, brokenOff, baseline, expectations }: Report): boolean =>
  exitCode({ results, brokenOff, ...baseline, ...expectations }) === 0;

test('JUnit shows a failure or an error exactly where the exit code is not 0', () => {
  fc.assert(
    fc.property(report, (any) => {
      expect(/<(failure|error)[ >]/.test(junitReport(any))).toBe(!isGreen(any));
    }),
  );
});

test('TAP fails exactly where the exit code is not 0', () => {
  fc.assert(
    fc.property(report, (any) => {
      let passed: boolean | undefined;
      const parser = new Parser((final) => {
        passed = final.ok && !final.bailout;
      });
      parser.end(tapReport(any));
      expect(passed).toBe(isGreen(any));
    }),
  );
});

test('GitHub gets an error exactly where the exit code is not 0', () => {
  fc.assert(
    fc.property(report, (any) => {
      expect(/^::error /m.test(githubAnnotations(any))).toBe(!isGreen(any));
    }),
  );
});
