import { systemClock } from '@ssert/protocol/system';
import { describe, expect, test } from 'vitest';
import { efforts, type RuleResult, run, serverRules, type TargetDefinition } from '../src/index.ts';
import { backpressureDefects, processTarget } from './backpressure.ts';

/** Judges a server by the rules that need a process of their own. */
async function measured(script: string, changes: Partial<TargetDefinition> = {}): Promise<string[]> {
  const rules = serverRules.filter(({ id }) => id === 'backpressure/bounded-memory');
  const results: RuleResult[] = [];
  const options = { rules, clock: systemClock, seed: 1, effort: efforts.quick };
  for await (const event of run({ ...processTarget(script), ...changes }, options)) {
    if (event.kind === 'result') results.push(event.result);
    if (event.kind === 'broken-off') throw new Error(event.message);
  }
  return results.map(({ id, verdict, message }) => `${id} ${verdict}: ${message}`);
}

describe('memory is measured on processes of their own', () => {
  test.each(backpressureDefects)('$breaks: a server that $name', { timeout: 180_000 }, async ({ script, breaks }) => {
    expect(await measured(script)).toEqual([expect.stringMatching(`^${breaks} fail: `)]);
  });

  test('a server that sends none of the volume is neither cleared nor accused', { timeout: 120_000 }, async () => {
    expect(await measured('small-events-only-server.ts')).toEqual([
      expect.stringMatching(/^backpressure\/bounded-memory inconclusive: of [\d.]+ MiB published 0 MiB reached/),
    ]);
  });

  test('a server on which no plain event comes through is undecided', { timeout: 120_000 }, async () => {
    expect(await measured('start-plain-server.ts', { publish: 'http://127.0.0.1:{port}/stats' })).toEqual([
      expect.stringMatching(/^backpressure\/bounded-memory inconclusive: the first plain event did not come through/),
    ]);
  });

  test('a server that drops for the stalled reader is not accused', { timeout: 120_000 }, async () => {
    expect(await measured('start-plain-server.ts')).toEqual([
      expect.stringMatching(/^backpressure\/bounded-memory pass: /),
    ]);
  });
});
