import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { failureThatTells, madeUpReport, madeUpResult } from '../../testing/made-up-report.ts';
import { junitReport } from './junit.ts';

const schema = readFileSync(new URL('../../testing/junit.xsd', import.meta.url), 'utf8');

/** What a validating parser of XML complains about. */
async function complaints(xml: string): Promise<string[]> {
  const { errors } = await validateXML({ xml, schema });
  return errors.map(({ message }) => message);
}

const hostile = [
  '\0\u0001\u0008\u000b\u001f\u007f\u0085',
  '\ud800 lone \udfff',
  '\ufffe\uffff',
  ']]> <![CDATA[ & < > " \'',
  '<!-- <?php --> &amp; &#0;',
  'a\r\nb\rc\td\u2028e',
  '😀 日本',
];

describe('the report as JUnit XML', () => {
  test('has a suite per area, with a property for the seed', async () => {
    const report = madeUpReport([
      madeUpResult('http/charset-utf-8'),
      madeUpResult('framing/one', { verdict: 'fail', message: 'broken' }),
      madeUpResult('framing/two', { verdict: 'skip', because: 'access', message: 'give --publish URL' }),
      madeUpResult('framing/three', { verdict: 'warn', message: 'not so good' }),
      madeUpResult('framing/four', { verdict: 'error', message: 'the harness broke' }),
    ]);
    const xml = junitReport(report);
    expect(await complaints(xml)).toEqual([]);
    expect(xml).toContain('<property name="seed" value="7"/>');
    expect(xml).toMatch(/<testsuite name="http" [^>]* tests="1" failures="0" errors="0" skipped="0" time="0.003">/);
    expect(xml).toMatch(/<testsuite name="framing" [^>]* tests="4" failures="1" errors="1" skipped="1" time="0.012">/);
    expect(xml).toMatch(
      /<testcase name="framing\/one" classname="ssert.framing" time="0.003"><failure message="broken"/,
    );
    expect(xml).toContain('<skipped message="give --publish URL"/>');
    expect(xml).toMatch(/<system-out>warn framing\/three\n[^<]*not so good/);
    expect(xml).toContain('<error message="the harness broke" type="error">');
  });

  test('carries the evidence in a failure', () => {
    const xml = junitReport(madeUpReport([failureThatTells('x')]));
    expect(xml).toContain('should     The stream is right.');
    expect(xml).toContain("curl -siN 'http://localhost:3000/x'");
    expect(xml).toContain('      ^');
  });

  test('skips a known failure, and fails one that passes now', async () => {
    const results = [madeUpResult('framing/one', { verdict: 'fail', message: 'broken' }), madeUpResult('framing/two')];
    const baseline = { known: ['framing/one'], expired: [], passing: ['framing/two'] };
    const xml = junitReport(madeUpReport(results, { baseline }));
    expect(await complaints(xml)).toEqual([]);
    expect(xml).toContain('<skipped message="known failure: broken"/>');
    expect(xml).toMatch(/<failure message="is listed as a known failure and passes now/);
  });

  test.each(hostile)('is well-formed and valid whatever the server sent: %j', async (text) => {
    const brokenOff = { why: 'target-lost' as const, message: text };
    const passing = madeUpResult('http/warned', { verdict: 'warn', message: text });
    expect(await complaints(junitReport(madeUpReport([failureThatTells(text), passing], { brokenOff })))).toEqual([]);
  });

  test('is well-formed and valid for any text', { timeout: 120_000 }, async () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 8 }), async (texts) => {
        const results = texts.map((one, at) => failureThatTells(one, { id: `framing/rule-${at}` }));
        expect(await complaints(junitReport(madeUpReport(results)))).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});
