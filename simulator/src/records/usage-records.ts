import { layerRandom } from '../chance/layers.ts';
import { type CallerModel, Callers } from './callers.ts';
import { drawSizes, type Sizes } from './sizes.ts';
import type { UsageRecord } from './usage-record.ts';

/** What turns a time into a record. */
export interface RecordModel extends CallerModel {
  readonly sizes: Sizes;
  /** What a generated token weighs, against one of the context. */
  readonly generatedWeight: number;
  /** Tokens, weighted, for one credit. */
  readonly tokensPerCredit: number;
}

export interface RecordOptions {
  readonly seed: number;
  /** The time that second 0 stands for, in ms since 1970. */
  readonly startMs: number;
  /** The first record's id. Default 1. */
  readonly firstId?: number;
}

/** A record and the time at which it is to come, in seconds from the start. */
export interface TimedRecord {
  readonly timeS: number;
  readonly record: UsageRecord;
}

/**
 * Records at these times, one after another, in constant memory; the same ones for the same seed.
 * `for await` takes them as well.
 * @param times seconds from the start, rising
 */
export function* timedRecords(
  times: Iterable<number>,
  model: RecordModel,
  { seed, startMs, firstId = 1 }: RecordOptions,
): Generator<TimedRecord, void> {
  const callers = new Callers(model, seed);
  const sizes = layerRandom(seed, 'sizes');
  const timestamp = new Timestamps();
  let id = firstId;
  for (const timeS of times) {
    const { name, creditMultiplier } = callers.at(timeS);
    const [context, generated] = drawSizes(sizes, model.sizes);
    const tokens = context + model.generatedWeight * generated;
    const creditsUsed = Math.max(1, Math.ceil((creditMultiplier * tokens) / model.tokensPerCredit));
    yield { timeS, record: { id, creditsUsed, createdAt: timestamp.of(startMs + timeS * 1000), model: name } };
    id += 1;
  }
}

/** The records of {@link timedRecords} alone. */
export function* usageRecords(
  times: Iterable<number>,
  model: RecordModel,
  options: RecordOptions,
): Generator<UsageRecord, void> {
  for (const { record } of timedRecords(times, model, options)) yield record;
}

/** Writes times down. Neighbours mostly share their second, which is then written once. */
class Timestamps {
  #second = Number.NaN;
  #text = '';

  of(timeMs: number): string {
    const whole = Math.floor(timeMs);
    const second = Math.floor(whole / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(second * 1000).toISOString().slice(0, -4);
    }
    return `${this.#text}${String(whole - second * 1000).padStart(3, '0')}Z`;
  }
}
