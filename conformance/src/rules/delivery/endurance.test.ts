import { systemClock } from '@ssert/protocol/system';
import { expect, test } from 'vitest';
import { withPlainServer } from '../../../defects/judge-defect.ts';
import { endPlainStream } from '../../../defects/plain-server.ts';
import { efforts } from '../../effort.ts';
import type { Rule } from '../../rule.ts';
import { run } from '../../run.ts';
import { pass } from '../../verdict.ts';
import { healthyStreamLives } from './endurance.ts';

const poison = 'what this server cannot write';

/** Publishes what ends every stream, as a rule on odd values may. */
const poisons: Rule = {
  ...healthyStreamLives,
  id: 'framing/poisons',
  phase: 'publishing',
  access: ['publish'],
  judge: async (context) => {
    for (let left = 40; left > 0; left -= 1) {
      await context.publish({ data: poison });
      await context.sleep(50);
    }
    return pass('published');
  },
};

test('streams that end for what another rule published are not said to be ended by a timer', async () => {
  const behaviour = {
    refuse: ({ data }: { data: string }, server: Parameters<typeof endPlainStream>[1]) => {
      if (data === poison) for (const stream of server.streams) endPlainStream(stream, server);
      return undefined;
    },
  };
  await withPlainServer({ behaviour }, async (target) => {
    const rules = [healthyStreamLives, poisons];
    const results = [];
    for await (const event of run(target, { rules, clock: systemClock, seed: 7, effort: efforts.quick })) {
      if (event.kind === 'result') results.push(event.result);
    }
    const verdict = results.find(({ id }) => id === 'delivery/healthy-stream-lives')?.verdict;
    // Which of the two depends on whether the last stream had its time once that was over.
    expect(['pass', 'inconclusive']).toContain(verdict);
  });
});
