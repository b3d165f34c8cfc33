import { z } from 'zod';
import type { Profile } from './profile.ts';

const positive = z.number().positive();
const notNegative = z.number().nonnegative();
const share = z.number().min(0).max(1);
const count = z.int().positive();

const weibullLaw = z.strictObject({ shape: positive, scaleS: positive });
const lognormalLaw = z.strictObject({ medianS: positive, sigma: notNegative });

const gated = z.strictObject({
  process: z.literal('gated'),
  stepS: positive.describe('the step in which records are counted, in seconds'),
  gate: z
    .exactOptional(z.strictObject({ on: weibullLaw, leastOffS: notNegative, off: weibullLaw }))
    .describe('spells of traffic and of silence; without it traffic never stops'),
  count: z
    .strictObject({ mean: positive.max(500), size: z.exactOptional(positive) })
    .describe('records per step while the gate is open: mean, and size of the negative binomial (absent: Poisson)'),
  wander: z
    .array(z.strictObject({ share, timeS: notNegative }))
    .refine((parts) => Math.abs(parts.reduce((sum, part) => sum + part.share, 0) - 1) < 1e-6, 'shares that add up to 1')
    .describe('how the rate wanders: shares that add up to 1, each with the time in which it forgets itself'),
  clock: z
    .exactOptional(
      z.strictObject({
        regimeS: positive,
        onePhase: share,
        twoPhases: share,
        strayS: notNegative,
        within: z.strictObject({ chance: share, short: lognormalLaw, long: lognormalLaw }),
      }),
    )
    .describe('a grid of one step on which records come; without it they are spread over their step'),
});

const arrivals = z.discriminatedUnion('process', [
  z.strictObject({ process: z.literal('poisson'), ratePerS: positive }),
  z.strictObject({
    process: z.literal('renewal'),
    law: z.enum(['gamma', 'weibull']),
    shape: positive,
    scaleS: positive,
  }),
  z.strictObject({
    process: z.literal('mmpp'),
    ratesPerS: z.array(notNegative).min(1),
    moves: z.array(z.array(notNegative)).describe('moves[i][j]: moves per second from state i to state j'),
  }),
  z.strictObject({
    process: z.literal('hawkes'),
    basePerS: positive,
    branching: z.number().min(0).lt(1),
    decayPerS: positive,
  }),
  gated,
]);

const scaling = z
  .strictObject({ by: z.enum(['copies', 'speed', 'intensity', 'share']), factor: positive })
  .refine(({ by, factor }) => (by === 'copies' ? Number.isInteger(factor) : by !== 'share' || factor <= 1), {
    message: 'a whole number for copies, at most 1 for share',
    path: ['factor'],
  });

const wave = z.strictObject({ share, peakHour: z.number().min(0).max(24) });
const day = z
  .strictObject({ whole: wave, half: wave, weekend: share })
  .refine(({ whole, half }) => whole.share + half.share < 1, {
    message: 'shares of whole and half that stay below 1 together',
  });

const course = z.strictObject({ stepS: positive, rates: z.array(positive).min(1) });

const incident = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('surge'), atS: notNegative, perSecond: z.array(z.int().nonnegative()) }),
  z.strictObject({
    kind: z.literal('flash-crowd'),
    atS: notNegative,
    peakPerS: positive,
    riseS: notNegative,
    holdS: notNegative,
    fallS: positive,
  }),
  z.strictObject({
    kind: z.literal('outage'),
    atS: notNegative,
    lengthS: positive,
    retries: z.int().min(0).max(100),
    drainS: positive,
  }),
]);

const sizeLaw = z.discriminatedUnion('law', [
  z.strictObject({ law: z.literal('gamma'), shape: positive, scale: positive, most: count }),
  z.strictObject({
    law: z.literal('lognormal'),
    mu: z.number(),
    sigma: notNegative,
    least: z.int().nonnegative(),
    most: count,
    tail: z.exactOptional(z.strictObject({ from: count, index: positive, chance: share })),
  }),
  z.strictObject({
    law: z.literal('quantiles'),
    at: z
      .array(z.tuple([share, notNegative]))
      .min(2)
      .refine(rises, 'pairs of a share and tokens that both rise, from share 0 to share 1'),
  }),
]);

const records = z.strictObject({
  users: count,
  userExponent: notNegative,
  models: z.array(z.strictObject({ name: z.string().min(1).max(256), creditMultiplier: positive })).min(1),
  modelExponent: notNegative,
  session: z.strictObject({ chance: share, silenceS: positive, meanS: positive }),
  sizes: z
    .strictObject({
      context: sizeLaw,
      generated: sizeLaw,
      rankCorrelation: z.exactOptional(z.number().min(-1).max(1)),
    })
    .refine(
      ({ context, generated, rankCorrelation = 0 }) =>
        rankCorrelation === 0 || (context.law === 'quantiles' && generated.law === 'quantiles'),
      { message: 'another value than 0 only where both laws are quantiles', path: ['rankCorrelation'] },
    ),
  generatedWeight: notNegative,
  tokensPerCredit: positive,
});

/** What a profile may say. `profile.schema.json` is made from it. */
export const profileSchema: z.ZodType<Profile> = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and dashes'),
  description: z.string(),
  arrivals: arrivals.describe('the process of arrivals'),
  scale: z.exactOptional(z.array(scaling)).describe('more or less of the same traffic, in this order'),
  course: z.exactOptional(course).describe('the slow rate of a recorded trace, around 1, which time is stretched to'),
  day: z.exactOptional(day).describe('the rate over a day and a week, in UTC'),
  incidents: z.exactOptional(z.array(incident)).describe('what happens once, in seconds from the start'),
  records: records.describe('what each record says'),
  source: z.exactOptional(z.string()).describe('whose trace it was fitted to, and under which licence'),
});

/** The JSON Schema of a profile (draft 2020-12). */
export function profileJsonSchema(): object {
  return { title: 'A usage profile of ssert simulate', ...z.toJSONSchema(profileSchema) };
}

function rises(table: readonly (readonly [number, number])[]): boolean {
  const orderly = table.every(([at, tokens], index) => {
    const before = table[index - 1];
    return before === undefined || (at > before[0] && tokens >= before[1]);
  });
  return orderly && table[0]?.[0] === 0 && table.at(-1)?.[0] === 1;
}
