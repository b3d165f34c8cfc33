import { describe, expect, test } from 'vitest';
import { judge, plainTarget } from '../../defects/judge-defect.ts';
import { type Behaviour, endPlainStream, startPlainServer } from '../../defects/plain-server.ts';
import { anyTextArrives } from './delivery/any-text.ts';
import { typeAndIdArrive } from './delivery/type-and-id.ts';

/** Ends the stream in place of each event that the rules want back, so much later. */
function endingInPlaceAfter(delayMs: number): Partial<Behaviour> {
  return {
    deliver: (frame, stream, server) => {
      const text = Buffer.from(frame);
      if (text.includes('data: ssert-') && !text.includes('data: ssert-named')) server.behaviour.write(frame, stream);
      else setTimeout(() => endPlainStream(stream, server), delayMs);
    },
  };
}

async function judged(behaviour: Partial<Behaviour>): Promise<string[]> {
  const server = await startPlainServer(behaviour);
  try {
    const results = await judge(plainTarget(server.url, { lifetime: 100 }), [anyTextArrives, typeAndIdArrive]);
    return results.map(({ verdict, message }) => `${verdict}: ${message}`);
  } finally {
    await server.close();
  }
}

describe('an event that each stream ends in place of', () => {
  test('is undecided where the declared time of each was over', async () => {
    const undecided = 'inconclusive: an event did not come before 5 streams had their declared time';
    expect(await judged(endingInPlaceAfter(100))).toEqual([undecided, undecided]);
  });

  test('is lost where their time was not over', async () => {
    expect(await judged(endingInPlaceAfter(0))).toEqual([
      expect.stringMatching(/^fail: .* was accepted and never arrived: the stream ended$/),
      expect.stringMatching(/^fail: .* kept its event from arriving$/),
    ]);
  });
});
