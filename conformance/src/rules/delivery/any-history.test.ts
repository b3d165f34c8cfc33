import { expect, test } from 'vitest';
import { busyMachine } from '../../../defects/busy-machine.ts';
import { judge, withPlainServer } from '../../../defects/judge-defect.ts';
import type { Behaviour } from '../../../defects/plain-server.ts';
import { anyHistory } from './any-history.ts';

/** Delivers the events of histories so much later. */
function late(delayMs: number): Partial<Behaviour> {
  return {
    deliver: (frame, stream, { behaviour }) => {
      const isOfHistory = Buffer.from(frame).includes('ssert-model');
      setTimeout(() => behaviour.write(frame, stream), isOfHistory ? delayMs : 0);
    },
  };
}

test('a server on which every event takes most of a second loses none', async () => {
  const results = await withPlainServer({ behaviour: late(900) }, (definition) => judge(definition, [anyHistory]));
  expect(results).toMatchObject([{ verdict: 'pass' }]);
});

test('a server on which every event takes seconds as its machine is busy loses none', async () => {
  const options = { gauge: busyMachine(), replay: [{ do: 'connect', client: 'A' }] } as const;
  const results = await withPlainServer({ behaviour: late(2500) }, (definition) =>
    judge(definition, [anyHistory], options),
  );
  expect(results).toMatchObject([{ verdict: 'pass' }]);
});
