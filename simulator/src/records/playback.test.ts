import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../protocol/testing/manual-clock.ts';
import { type PlaybackOptions, playback } from './playback.ts';

const recordsAt = (timesS: readonly number[]) =>
  timesS.map((timeS, at) => ({ timeS, record: { id: at + 1, creditsUsed: 1, createdAt: '', model: '' } }));

const play = (clock: ManualClock, timesS: readonly number[], options: Partial<PlaybackOptions> = {}) =>
  playback(recordsAt(timesS), { clock, ...options });

/** Lets everything run that waits for no timer. */
const settle = () => new Promise(setImmediate);

describe('playback', () => {
  test('hands each record out at its time', async () => {
    const clock = new ManualClock();
    const playing = play(clock, [1, 2]);
    let got: number | undefined;
    const first = playing.next().then(() => {
      got = clock.now();
    });
    clock.advance(999);
    await settle();
    expect(got).toBeUndefined();
    clock.advance(1);
    await first;
    expect(got).toBe(1000);
  });

  test('gives whoever is late all that has become due, tells how late, and keeps to the schedule afterwards', async () => {
    const clock = new ManualClock();
    const playing = play(clock, [1, 2, 3, 10]);
    const first = playing.next();
    clock.advance(1000);
    expect((await first).value?.records).toHaveLength(1);
    clock.advance(4000);
    const { value } = await playing.next();
    expect(value?.records.map(({ timeS }) => timeS)).toEqual([2, 3]);
    expect(value?.latenessMs).toBe(3000);
    const last = playing.next();
    await settle();
    clock.advance(5000);
    expect((await last).value?.latenessMs).toBe(0);
  });

  test('plays faster', async () => {
    const clock = new ManualClock();
    const first = play(clock, [20], { speed: 10 }).next();
    clock.advance(2000);
    expect((await first).value?.latenessMs).toBe(0);
  });

  test('hands out no more together than was asked for', async () => {
    const clock = new ManualClock();
    const sizes: number[] = [];
    for await (const { records } of play(clock, [0, 0, 0, 0, 0], { most: 2 })) sizes.push(records.length);
    expect(sizes).toEqual([2, 2, 1]);
  });

  test('ends on a signal, and leaves no timer behind', async () => {
    const clock = new ManualClock();
    const controller = new AbortController();
    const first = play(clock, [1], { signal: controller.signal }).next();
    await settle();
    controller.abort();
    expect((await first).done).toBe(true);
    expect(clock.pending).toBe(0);
  });
});
