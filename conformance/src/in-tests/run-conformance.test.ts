import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type PlainServer, startPlainServer } from '../../defects/plain-server.ts';
import type { RuleResult } from '../result.ts';
import { asTest, ConformanceError, type ConformanceResult, runConformance } from './run-conformance.ts';

const result = (verdict: RuleResult['verdict'], more: Partial<RuleResult> = {}): RuleResult => ({
  id: 'framing/line-endings',
  area: 'framing',
  level: 'SHOULD',
  title: 'Lines end with LF',
  statement: 'Lines end with LF, one style throughout.',
  spec: 'https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream',
  verdict,
  message: 'lines end with CR',
  durationMs: 1,
  ...more,
});
const listed = { rule: 'framing/line-endings', reason: 'old proxy' };
const today = '2026-03-31';

describe('a test of one rule', () => {
  test('passes where the rule is kept, and where it only warns', () => {
    for (const verdict of ['pass', 'info', 'warn'] as const) expect(asTest(result(verdict), [], {}, today)).toEqual({});
  });

  test('fails with all that is known of the failure', () => {
    const bytes = { offset: 6, hex: '610d62', text: 'a\\rb', mark: [1, 2] as const };
    const found = result('fail', { evidence: { bytes, observed: { lines: 3 } }, reproduce: 'curl -sN http://x/' });
    const { error } = asTest(found, [], {}, today);
    expect(error).toBeInstanceOf(ConformanceError);
    for (const part of [
      'lines end with CR',
      'SHOULD: Lines end',
      'at byte 7',
      '»\\r«',
      'lines 3',
      '  curl -sN http://x/',
    ])
      expect(error?.message).toContain(part);
  });

  test('fails for a warning where that is asked for, and where the harness broke', () => {
    expect(asTest(result('warn'), [], { strict: true }, today).error).toBeDefined();
    expect(asTest(result('error'), [], {}, today).error).toBeDefined();
  });

  test('is skipped with the reason where the rule was not judged, and fails where it had to be', () => {
    const skipped = result('skip', { because: 'access', message: 'needs stats' });
    expect(asTest(skipped, [], {}, today)).toEqual({ skipped: 'skip: needs stats' });
    expect(asTest(skipped, [], { requireAccess: true }, today).error).toBeDefined();
    expect(asTest(result('inconclusive'), [], {}, today).skipped).toMatch(/^inconclusive: /);
    expect(asTest(result('inconclusive'), [], { requireDecision: true }, today).error).toBeDefined();
  });

  test('of a known failure is skipped while it fails and its time lasts, and fails once it passes', () => {
    expect(asTest(result('fail'), [listed], {}, today).skipped).toBe('known failure (old proxy): lines end with CR');
    expect(asTest(result('fail'), [{ ...listed, expires: '2026-03-30' }], {}, today).error).toBeDefined();
    expect(asTest(result('pass'), [listed], {}, today).error?.message).toMatch(/take it off the list/);
  });
});

describe('a run in a suite of tests', () => {
  const rule = ['http/status-and-content-type', 'http/charset-utf-8'];
  const gather = async (server: Pick<PlainServer, 'url'>): Promise<ConformanceResult[]> => {
    const results: ConformanceResult[] = [];
    for await (const one of runConformance({ stream: `${server.url}/stream` }, { rule, seed: 1 })) results.push(one);
    return results;
  };

  test('gives the chosen rules with their verdicts', async () => {
    const server = await startPlainServer();
    try {
      expect(new Map((await gather(server)).map(({ id, verdict }) => [id, verdict]))).toEqual(
        new Map(rule.map((id) => [id, 'pass'])),
      );
    } finally {
      await server.close();
    }
  });

  test('throws where the server is out of reach', async () => {
    await expect(gather({ url: 'http://127.0.0.1:1' })).rejects.toThrow(ConformanceError);
  });

  test('throws where the file of known failures names a rule that there is not', async () => {
    const baseline = join(import.meta.dirname, '../../testing/stale-known-failures.json');
    const run = runConformance({ stream: 'http://127.0.0.1:1/' }, { baseline });
    await expect(run.next()).rejects.toThrow(/entry 1: there is no rule "framing\/line-ending"/);
  });
});
