import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventQueue } from './event-queue.ts';

describe('a queue to one loop', () => {
  test('gives every event once and in order, however pushes and the loop interleave', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(3), { maxLength: 30 }), async (bursts) => {
        const queue = eventQueue<number>(() => {});
        const taken: number[] = [];
        const loop = (async () => {
          for await (const event of queue.loop) {
            taken.push(event);
            if (event % 2 === 0) await Promise.resolve();
          }
        })();
        let pushed = 0;
        for (const burst of bursts) {
          for (let one = 0; one < burst; one += 1) queue.push(pushed++);
          await queue.drained();
          expect(taken.length).toBe(pushed);
        }
        queue.push(pushed++);
        queue.end();
        await loop;
        expect(taken).toEqual(Array.from({ length: pushed }, (_, index) => index));
      }),
    );
  });

  test('is drained only when the loop asks for more than the last event', async () => {
    const queue = eventQueue<string>(() => {});
    queue.push('a');
    expect(await queue.loop.next()).toEqual({ value: 'a', done: false });
    let drained = false;
    void queue.drained()?.then(() => {
      drained = true;
    });
    await Promise.resolve();
    expect(drained).toBe(false);
    const next = queue.loop.next();
    await queue.drained();
    expect(drained).toBe(true);
    queue.push('b');
    expect(await next).toEqual({ value: 'b', done: false });
  });

  test('throws its failure once, after what was pushed', async () => {
    const queue = eventQueue<string>(() => {});
    queue.push('a');
    queue.end(new Error('over'));
    expect((await queue.loop.next()).value).toBe('a');
    await expect(queue.loop.next()).rejects.toThrow('over');
    expect(await queue.loop.next()).toEqual({ value: undefined, done: true });
  });

  test('ends whoever asked twice without waiting', async () => {
    const queue = eventQueue<string>(() => {});
    const asked = [queue.loop.next(), queue.loop.next(), queue.loop.next()];
    queue.push('a');
    queue.end();
    expect((await Promise.all(asked)).map(({ value }) => value)).toEqual(['a', undefined, undefined]);
  });
});
