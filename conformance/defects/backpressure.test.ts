import { systemClock } from '@ssert/protocol/system';
import { describe, expect, test } from 'vitest';
import { efforts, type RuleResult, run, serverRules } from '../src/index.ts';
import { backpressureDefects, processTarget } from './backpressure.ts';

/** Judges a server by the rules that need a process of their own. */
async function measured(script: string): Promise<string[]> {
  const rules = serverRules.filter(({ phase }) => phase === 'memory');
  const results: RuleResult[] = [];
  const options = { rules, clock: systemClock, seed: 1, effort: efforts.quick };
  for await (const event of run(processTarget(script), options)) {
    if (event.kind === 'result') results.push(event.result);
    if (event.kind === 'broken-off') throw new Error(event.message);
  }
  return results.map(({ id, verdict, message }) => `${id} ${verdict}: ${message}`);
}

describe('memory is measured on processes of their own', () => {
  test.each(backpressureDefects)('$breaks: a server that $name', { timeout: 180_000 }, async ({ script, breaks }) => {
    expect(await measured(script)).toEqual([expect.stringMatching(`^${breaks} fail: `)]);
  });

  test('a server that drops for the stalled reader is not accused', { timeout: 120_000 }, async () => {
    expect(await measured('start-plain-server.ts')).toEqual([
      expect.stringMatching(/^backpressure\/bounded-memory pass: /),
    ]);
  });
});
