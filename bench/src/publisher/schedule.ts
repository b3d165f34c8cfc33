import { createHash } from 'node:crypto';
import { type Random, seededRandom } from '@ssert/protocol';

/** When what is published, known before the run: nothing that the server does changes it. */
export interface Schedule {
  /** us from the begin of publishing, not falling. */
  readonly atUs: Float64Array;
  readonly topic: Uint16Array;
  /** Bytes of the payload. */
  readonly bytes: Uint32Array;
}

export type Spacing = 'even' | 'poisson';

export interface SteadyLoad {
  readonly topics: number;
  /** Publishes a second on each topic. */
  readonly rate: number;
  readonly spacing: Spacing;
  readonly durationUs: number;
  readonly bytes: number;
  readonly seed: number;
}

/** Publishes at a constant rate on each topic; evenly spaced ones take turns. */
export function steadySchedule(load: SteadyLoad): Schedule {
  const random = seededRandom(load.seed);
  const rows: [atUs: number, topic: number][] = [];
  const gapUs = 1e6 / load.rate;
  for (let topic = 0; topic < load.topics && load.rate > 0; topic += 1) {
    const next = (atUs: number): number => atUs + (load.spacing === 'even' ? gapUs : exponential(random) * gapUs);
    let atUs = load.spacing === 'even' ? (topic * gapUs) / load.topics : next(0);
    for (; atUs < load.durationUs; atUs = next(atUs)) rows.push([Math.floor(atUs), topic]);
  }
  rows.sort(([a], [b]) => a - b);
  return scheduleOf(rows.map(([atUs, topic]) => ({ atUs, topic, bytes: load.bytes })));
}

/** A schedule of rows in the order of time. */
export function scheduleOf(
  rows: readonly { readonly atUs: number; readonly topic: number; readonly bytes: number }[],
): Schedule {
  return {
    atUs: Float64Array.from(rows, ({ atUs }) => atUs),
    topic: Uint16Array.from(rows, ({ topic }) => topic),
    bytes: Uint32Array.from(rows, ({ bytes }) => bytes),
  };
}

/** SHA-256 over the intended times, topics and sizes, in little-endian doubles: equal for equal schedules alone. */
export function scheduleDigest(schedule: Schedule): string {
  const rows = new DataView(new ArrayBuffer(schedule.atUs.length * 24));
  schedule.atUs.forEach((atUs, at) => {
    rows.setFloat64(at * 24, atUs, true);
    rows.setFloat64(at * 24 + 8, schedule.topic[at] ?? 0, true);
    rows.setFloat64(at * 24 + 16, schedule.bytes[at] ?? 0, true);
  });
  return createHash('sha256').update(rows).digest('hex');
}

/** The publishes of each topic: the `seq` of a stamp counts them. */
export class TopicTimes {
  /** Per topic, the rows of the schedule. */
  readonly rows: readonly Uint32Array[];
  readonly #schedule: Schedule;

  constructor(schedule: Schedule, topics: number) {
    this.#schedule = schedule;
    const rows = Array.from({ length: topics }, (): number[] => []);
    schedule.topic.forEach((topic, row) => {
      rows[topic]?.push(row);
    });
    this.rows = rows.map((each) => Uint32Array.from(each));
  }

  /** How many publishes of the topic are due in [fromUs, toUs). */
  between(topic: number, fromUs: number, toUs: number): number {
    return Math.max(0, this.#before(topic, toUs) - this.#before(topic, fromUs));
  }

  /** The row of a topic's `seq`th publish; undefined where there is none. */
  row(topic: number, seq: number): number | undefined {
    return this.rows[topic]?.[seq];
  }

  #before(topic: number, us: number): number {
    const rows = this.rows[topic] ?? new Uint32Array(0);
    let from = 0;
    let to = rows.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#schedule.atUs[rows[middle] ?? 0] ?? 0) < us) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/** Of mean 1. */
export function exponential(random: Random): number {
  return -Math.log(1 - random.next());
}
