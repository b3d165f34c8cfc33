import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { poissonArrivals } from '../arrivals/processes.ts';
import { until } from '../arrivals/shaping.ts';
import { layerRandom } from '../chance/layers.ts';
import { rankCorrelationOf } from '../fit/sizes.ts';
import { arrivalsOf } from '../profiles/arrivals-of.ts';
import { profileNamed } from '../profiles/read-profile.ts';
import { mean } from '../statistics/describe.ts';
import { drawSizes, type SizeLaw } from './sizes.ts';
import { usageRecords } from './usage-records.ts';
import { csv, ndjson } from './writers.ts';

const { records: model } = profileNamed('office');
const options = { seed: 7, startMs: Date.parse('2026-01-05T09:00:00Z') };
const hour = [...usageRecords(until(arrivalsOf(profileNamed('office'), 7, options.startMs), 3600), model, options)];

describe('records', () => {
  test('are the same bytes for the same seed, everywhere', () => {
    const digest = createHash('sha256')
      .update([...ndjson(hour)].join(''))
      .digest('hex');
    expect(digest).toBe('f242aff39d74ae01090703fa226c1dae100297baa3dd29eb7c8f0e9f097976fc');
  });

  test('of another seed are others', () => {
    const other = [...usageRecords(until(poissonArrivals(5, 1), 60), model, { ...options, seed: 8 })];
    const one = [...usageRecords(until(poissonArrivals(5, 1), 60), model, options)];
    expect(other.map((record) => record.creditsUsed)).not.toEqual(one.map((record) => record.creditsUsed));
  });

  test('have ids that rise by one from the first, times that never go back, and whole credits from 1 up', () => {
    expect(hour.map(({ id }) => id)).toEqual(hour.map((_, at) => at + 1));
    expect(hour.every(({ createdAt }, at) => createdAt >= (hour[at - 1]?.createdAt ?? ''))).toBe(true);
    expect(hour.every(({ createdAt }) => new Date(createdAt).toISOString() === createdAt)).toBe(true);
    expect(hour.every(({ creditsUsed }) => Number.isSafeInteger(creditsUsed) && creditsUsed >= 1)).toBe(true);
    const [first] = usageRecords([0], model, { ...options, firstId: 500 });
    expect(first?.id).toBe(500);
  });

  test('a time before 1970 and a fraction of a millisecond are written as RFC 3339 too', () => {
    const [first] = usageRecords([0.0019], model, { seed: 1, startMs: -1000 });
    expect(first?.createdAt).toBe('1969-12-31T23:59:59.001Z');
  });

  test('a burst is one user’s where sessions are, and many users’ where they are not', () => {
    const models = Array.from({ length: 50 }, (_, at) => ({ name: `m${at}`, creditMultiplier: 1 }));
    const changes = (chance: number): number => {
      const mix = { ...model, users: 1000, userExponent: 0, models, modelExponent: 0 };
      const session = { chance, silenceS: 2, meanS: 1e6 };
      const made = [
        ...usageRecords(
          Array.from({ length: 200 }, (_, at) => at),
          { ...mix, session },
          options,
        ),
      ];
      return made.filter((record, at) => at > 0 && record.model !== made[at - 1]?.model).length;
    };
    expect(changes(1)).toBe(0);
    expect(changes(0)).toBeGreaterThan(150);
  });

  test('a silence ends a session', () => {
    const models = Array.from({ length: 50 }, (_, at) => ({ name: `m${at}`, creditMultiplier: 1 }));
    const mix = { ...model, users: 1000, userExponent: 0, models, modelExponent: 0 };
    const session = { chance: 1, silenceS: 2, meanS: 1e6 };
    const times = Array.from({ length: 100 }, (_, at) => at * 3);
    const made = [...usageRecords(times, { ...mix, session }, options)];
    expect(new Set(made.map((record) => record.model)).size).toBeGreaterThan(20);
  });
});

describe('sizes', () => {
  const random = layerRandom(3, 'sizes');
  const draw = (sizes: Parameters<typeof drawSizes>[1]): [number, number][] =>
    Array.from({ length: 50_000 }, () => drawSizes(random, sizes));

  test('of the office give the credits that were measured: a mean of 2.6, and a third of one credit', () => {
    const credits = draw(model.sizes).map(([context, generated]) =>
      Math.max(1, Math.ceil((context + 4 * generated) / 1000)),
    );
    expect(mean(credits)).toBeGreaterThan(2.4);
    expect(mean(credits)).toBeLessThan(2.9);
    expect(credits.filter((one) => one === 1).length / credits.length).toBeCloseTo(0.34, 1);
  });

  test('of answers have a heavy tail: one in a thousand is thirty times the mean', () => {
    const generated = draw(model.sizes)
      .map(([, tokens]) => tokens)
      .sort((a, b) => a - b);
    expect(generated[49_950]).toBeGreaterThan(20 * mean(generated));
  });

  const table: SizeLaw = {
    law: 'quantiles',
    at: [
      [0, 10],
      [0.5, 100],
      [1, 1000],
    ],
  };

  test('from quantiles stay within them and have their median', () => {
    const context = draw({ context: table, generated: table })
      .map(([tokens]) => tokens)
      .sort((a, b) => a - b);
    expect([context[0], context.at(-1)]).toEqual([10, 1000]);
    expect(Math.abs((context[25_000] as number) - 100)).toBeLessThan(5);
  });

  test.each([-0.6, 0, 0.9])('from quantiles have the rank correlation %d that was asked for', (rankCorrelation) => {
    const drawn = draw({ context: table, generated: table, rankCorrelation });
    const [one, other] = [drawn.map(([context]) => context), drawn.map(([, generated]) => generated)];
    expect(rankCorrelationOf(one, other)).toBeCloseTo(rankCorrelation, 1);
  });
});

describe('writers', () => {
  const record = { id: 1, creditsUsed: 2, createdAt: '2026-01-05T09:00:00.000Z', model: 'a, "b"' };

  test('NDJSON is an object per line, CSV has a header and quotes what needs it', () => {
    expect([...ndjson([record])].join('')).toBe(`${JSON.stringify(record)}\n`);
    expect([...csv([record])].join('')).toBe(
      'id,creditsUsed,createdAt,model\n1,2,2026-01-05T09:00:00.000Z,"a, ""b"""\n',
    );
    expect([...csv([])]).toEqual(['id,creditsUsed,createdAt,model\n']);
    expect([...ndjson([])]).toEqual([]);
  });

  test('take records only as they write them, in chunks of whole lines that stay small', () => {
    let taken = 0;
    function* endless() {
      for (;;) {
        taken += 1;
        yield record;
      }
    }
    const chunks = ndjson(endless());
    const chunk = chunks.next().value ?? '';
    expect(chunk.endsWith('\n')).toBe(true);
    expect(chunk.length).toBeLessThan(70_000);
    expect(taken).toBe(chunk.split('\n').length - 1);
  });
});
