import { describe, expect, test } from 'vitest';
import { judge, type TargetChanges, withPlainServer } from '../../../defects/judge-defect.ts';
import type { Behaviour } from '../../../defects/plain-server.ts';
import { fanOut } from './fan-out.ts';

async function judged(behaviour: Partial<Behaviour>, target: TargetChanges = {}): Promise<string> {
  const [result] = await withPlainServer({ behaviour, target }, (definition) => judge(definition, [fanOut]));
  return `${result?.verdict}: ${result?.message}`;
}

describe('a crowd', () => {
  test('is not said to have got what nobody got', async () => {
    const deliver: Behaviour['deliver'] = (frame, stream, { behaviour }) => {
      const number = Number(/ssert-crowd-[\d-]+-(\d+)\n/.exec(Buffer.from(frame).toString())?.[1]);
      if (!(number > 10)) behaviour.write(frame, stream);
    };
    expect(await judged({ deliver })).toBe(
      'inconclusive: 2 clients got the same 10 of 15 events, which were to be 100',
    );
  });

  test('of one is none', async () => {
    expect(await judged({}, { capacity: 1 })).toBe(
      'inconclusive: the declared capacity leaves no room for two clients at once',
    );
  });
});
