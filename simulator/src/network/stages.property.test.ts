import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Piece } from './piece.ts';
import { calm, type WayFaults, wayFaults } from './settings.ts';
import { stagesOf } from './stages.ts';

const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
/** Pieces as a socket brings them: at times that do not fall. */
const pieces = fc.array(fc.record({ bytes, waitMs: fc.nat(500) }), { maxLength: 20 }).map((all) => {
  let atMs = 0;
  return all.map((one): Piece => {
    atMs += one.waitMs;
    return { bytes: one.bytes, atMs };
  });
});
const delaying = fc
  .record({
    latencyMs: fc.nat(1000),
    jitterMs: fc.nat(1000),
    bandwidthBytesPerS: fc.nat(100_000),
    sliceBytes: fc.nat(50),
    stallEveryMs: fc.nat(2000),
    stallMs: fc.integer({ min: 1, max: 2000 }),
  })
  .map((faults): WayFaults => ({ ...calm.down, ...faults }));
const seeds = fc.integer();

function arriving(given: readonly Piece[], faults: WayFaults, seed: number): Piece[] {
  const stage = stagesOf(faults, { seed, way: '1/down', nowMs: 0 }, () => undefined);
  return given.flatMap(stage);
}

const joined = (all: readonly Piece[]): Buffer => Buffer.concat(all.map((piece) => piece.bytes));

test('what delays neither loses, adds nor reorders a byte, and nothing comes before it was sent', () => {
  fc.assert(
    fc.property(pieces, delaying, seeds, (given, faults, seed) => {
      const arrived = arriving(given, faults, seed);
      expect(joined(arrived).equals(joined(given))).toBe(true);
      expect(arrived.every(({ atMs }, at) => atMs >= (arrived[at - 1]?.atMs ?? 0))).toBe(true);
      let sentBytes = 0;
      let arrivedBytes = 0;
      for (const { bytes, atMs } of arrived) {
        arrivedBytes += bytes.length;
        for (; sentBytes < arrivedBytes; sentBytes += given.shift()?.bytes.length ?? 1) {
          expect(atMs).toBeGreaterThanOrEqual((given[0]?.atMs ?? 0) + faults.latencyMs);
        }
      }
    }),
  );
});

test('jitter adds to the latency, and at most so much', () => {
  fc.assert(
    fc.property(pieces, fc.nat(1000), fc.integer({ min: 1, max: 1000 }), seeds, (given, latencyMs, jitterMs, seed) => {
      const arrived = arriving(given, { ...calm.down, latencyMs, jitterMs }, seed);
      for (const [at, { atMs }] of arrived.entries()) {
        const lateMs = atMs - (given[at]?.atMs ?? 0);
        expect(lateMs).toBeGreaterThanOrEqual(latencyMs);
        expect(lateMs).toBeLessThanOrEqual(latencyMs + jitterMs);
      }
    }),
  );
  const late = arriving(
    Array.from({ length: 50 }, (_, at) => ({ bytes: Buffer.from('x'), atMs: at * 1000 })),
    { ...calm.down, jitterMs: 100 },
    7,
  ).map(({ atMs }) => atMs % 1000);
  expect(Math.max(...late) - Math.min(...late)).toBeGreaterThan(50);
});

test('corruption changes bits alone, as many as were asked for on average', () => {
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 1000 }), seeds, (given, corruptEveryBytes, seed) => {
      const before = joined(given);
      const after = joined(arriving(given, { ...calm.down, corruptEveryBytes }, seed));
      expect(after.length).toBe(before.length);
      expect(joined(given).equals(before)).toBe(true);
    }),
  );
  const zeros = { bytes: new Uint8Array(100_000), atMs: 0 };
  const flipped = joined(arriving([zeros], { ...calm.down, corruptEveryBytes: 100 }, 7)).filter((byte) => byte !== 0);
  expect(flipped.length).toBeGreaterThan(800);
  expect(flipped.length).toBeLessThan(1200);
});

test('the same seed does the same, another does something else', () => {
  const all: WayFaults = { ...calm.down, jitterMs: 500, sliceBytes: 20, corruptEveryBytes: 30 };
  const sent = [{ bytes: new Uint8Array(1000), atMs: 0 }];
  expect(arriving(sent, all, 1)).toEqual(arriving(sent, all, 1));
  expect(arriving(sent, all, 1)).not.toEqual(arriving(sent, all, 2));
});

test('each fault that is on by itself says that it did something', () => {
  const alone = (name: keyof WayFaults): string[] => {
    const fired = new Set<string>();
    const partner = name === 'stallMs' ? { stallEveryMs: 1 } : name === 'stallEveryMs' ? { stallMs: 1e6 } : {};
    const faults = { ...calm.down, ...partner, [name]: name === 'stallMs' ? 1e6 : 10 };
    const stage = stagesOf(faults, { seed: 1, way: '1/down', nowMs: 0 }, (fault) => fired.add(fault));
    for (let at = 0; at < 3; at += 1) stage({ bytes: new Uint8Array(100), atMs: 1000 });
    return [...fired];
  };
  const names = Object.keys(wayFaults) as (keyof WayFaults)[];
  const delayed = names.filter((name) => !/^hold|AtByte$/.test(name));
  expect(delayed.map((name) => alone(name))).toEqual(
    delayed.map((name) => [name === 'stallEveryMs' ? 'stallMs' : name]),
  );
});
