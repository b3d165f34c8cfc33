import { SettingError } from '@ssert/protocol';
import { z } from 'zod';
import { resolveFaults } from '../network/settings.ts';
import { unfit } from '../schema/unfit.ts';
import { type ClientPlan, clientKinds, cutKinds, leavings, lossReasons } from './client-plan.ts';

const time = z.number().nonnegative();

const planSchema = z.strictObject({
  number: z.int().positive().describe('another for each client'),
  kind: z.enum(clientKinds),
  joinAtMs: time.describe('times are in ms from the start of the run'),
  leaveAtMs: time,
  leaves: z.enum(leavings),
  resumes: z.boolean().describe('whether it sends Last-Event-ID when it connects again'),
  reading: z
    .array(z.strictObject({ atMs: time, bytesPerS: z.union([z.literal('unlimited'), time]) }))
    .min(1)
    .describe('from then on so many bytes a second; 0 stops'),
  losses: z.array(z.strictObject({ atMs: time, why: z.enum(lossReasons), by: z.enum(cutKinds), backAtMs: time })),
  faults: z.looseObject({}).describe('of its network, as a scenario of ssert chaos has them'),
});
const populationSchema = z.array(planSchema).min(1);

/** JSON Schema of a list of client plans. */
export function populationJsonSchema(): object {
  return z.toJSONSchema(populationSchema);
}

/**
 * Checks a list of client plans that was read from JSON.
 * @throws SettingError that names the field at fault, such as `3.losses.0.by`
 */
export function readPopulation(value: unknown): readonly ClientPlan[] {
  const { data, error } = populationSchema.safeParse(value, { reportInput: true });
  if (!data) throw unfit(error, 'population', 'population.schema.json');
  for (const [at, plan] of data.entries()) {
    for (const [field, fits, allowed] of inOrder(plan)) {
      if (!fits) throw new SettingError(`${at}.${field}`, JSON.stringify(plan[field]), allowed);
    }
    resolveFaults(plan.faults);
  }
  if (new Set(data.map(({ number }) => number)).size < data.length) {
    throw new SettingError('number', 'given twice', 'another number for each client');
  }
  return data;
}

type Field = 'leaveAtMs' | 'reading' | 'losses';

/** What of a plan has to follow what. */
function inOrder(plan: z.infer<typeof planSchema>): readonly (readonly [Field, fits: boolean, allowed: string])[] {
  const { joinAtMs, leaveAtMs, reading, losses } = plan;
  const rises = (times: readonly number[]): boolean => times.every((ms, at) => at === 0 || ms >= (times[at - 1] ?? 0));
  const away = [joinAtMs, ...losses.flatMap(({ atMs, backAtMs }) => [atMs, backAtMs])];
  return [
    ['leaveAtMs', leaveAtMs >= joinAtMs, 'a time not before joinAtMs'],
    ['reading', reading[0]?.atMs === joinAtMs, 'how it reads from joinAtMs on, first'],
    ['reading', rises(reading.map(({ atMs }) => atMs)), 'changes in the order of their times'],
    ['losses', rises(away), 'losses in order from joinAtMs on, each with its return behind it'],
    ['losses', losses.every(({ atMs }) => atMs <= leaveAtMs), 'losses that are not behind leaveAtMs'],
  ];
}
