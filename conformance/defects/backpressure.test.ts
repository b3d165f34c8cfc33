import { describe, expect, test } from 'vitest';
import { described, expectFound } from './judge-defect.ts';
import { judgeProcess, processTarget } from './process-target.ts';
import { stalledReaderDefects } from './stalled-readers.ts';
import { expectNoneAccused } from './wrongly-accused.ts';

const timeout = 120_000;

/** What the rule on bounded memory says of a server that is right. */
async function measured(variant: string, publish?: string): Promise<string[]> {
  const target = processTarget(variant, '', publish === undefined ? {} : { publish });
  const results = await judgeProcess(target, 'backpressure/bounded-memory');
  expectNoneAccused(described(results, 'fail', 'warn', 'error'));
  return results.map(({ id, verdict, message }) => `${id} ${verdict}: ${message}`);
}

describe('each defect that stalled or idle readers show turns its rule red and no other', { timeout: 120_000 }, () => {
  test.concurrent.each(stalledReaderDefects)('$breaks: a server that $name', expectFound);
});

describe('memory is measured on processes of their own', () => {
  test('a server that sends none of the volume is neither cleared nor accused', { timeout }, async () => {
    expect(await measured('sends-only-small-events')).toEqual([
      expect.stringMatching(/^backpressure\/bounded-memory inconclusive: of [\d.]+ MiB published 0 MiB reached/),
    ]);
  });

  test('a server on which no plain event comes through is undecided', { timeout }, async () => {
    expect(await measured('correct', 'http://127.0.0.1:{port}/stats')).toEqual([
      expect.stringMatching(/^backpressure\/bounded-memory inconclusive: the first plain event did not come through/),
    ]);
  });

  test('a server that drops for the stalled reader is not accused', { timeout }, async () => {
    expect(await measured('correct')).toEqual([expect.stringMatching(/^backpressure\/bounded-memory pass: /)]);
  });
});
