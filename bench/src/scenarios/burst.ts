import { arrivalsOf, type Profile, timedRecords } from '@ssert/simulator';
import { type Schedule, scheduleOf } from '../publisher/schedule.ts';
import type { Load } from '../settings.ts';
import { type Findings, type Measured, rampOf, type Scenario } from './scenario.ts';

/** One publish of a traffic that is played. */
export interface BurstRow {
  readonly offsetUs: number;
  readonly bytes: number;
}

/** What is played. */
export interface Burst {
  readonly name: string;
  /** From the first on each time: every trial plays them, and the plan tells of them. */
  readonly rows: Iterable<BurstRow>;
}

/** A silence of this long ends a burst. */
const silenceUs = 100_000;
/** Places in a burst whose times are told: the first, up to the 9th, up to the 99th, and those behind. */
const places = [1, 10, 100, Number.POSITIVE_INFINITY] as const;

/**
 * The traffic of a profile: its times, and records of its sizes.
 * @param startMs where in its day and week it begins
 * @throws SettingError for a way of scaling that it does not know
 */
export function burstOf(profile: Profile, seed: number, startMs: number): Burst {
  // What it cannot play is told now, not once a server is measured.
  arrivalsOf(profile, seed, startMs);
  return { name: profile.name, rows: { [Symbol.iterator]: () => rowsOf(profile, seed, startMs) } };
}

function* rowsOf(profile: Profile, seed: number, startMs: number): Generator<BurstRow> {
  const times = arrivalsOf(profile, seed, startMs);
  for (const { timeS, record } of timedRecords(times, profile.records, { seed, startMs })) {
    yield { offsetUs: timeS * 1e6, bytes: JSON.stringify(record).length };
  }
}

/** Plays a traffic at its own times. */
export function burst({ rows }: Burst): Scenario {
  return {
    name: 'burst',
    meaning: 'Publishes at the times of a usage profile or a trace.',
    publishes: true,
    ownTimes: true,
    settles: false,
    streams: rampOf,
    schedule: (load) => scheduleOfRows(rows, load),
    findings: burstFindings,
  };
}

function scheduleOfRows(rows: Iterable<BurstRow>, load: Load): Schedule {
  const played: { atUs: number; topic: number; bytes: number }[] = [];
  for (const { offsetUs, bytes } of rows) {
    const atUs = Math.floor(offsetUs / load.timeScale);
    if (atUs >= load.durationMs * 1000) break;
    for (let copy = 0; copy < load.amplitude; copy += 1)
      played.push({ atUs, topic: played.length % load.topics, bytes });
  }
  return scheduleOf(played);
}

/** How long events took to reach their last stream, by their place in a burst; and what was left to do at the end. */
function burstFindings({ schedule, beginUs, summaries, windows }: Measured): Findings {
  const waits = places.map((): number[] => []);
  let place = 0;
  let lastUs = 0;
  schedule.atUs.forEach((atUs, row) => {
    place = row > 0 && atUs - (schedule.atUs[row - 1] ?? 0) < silenceUs ? place + 1 : 1;
    const reachedUs = Math.max(...summaries.map((summary) => summary.lastUs[row] ?? 0));
    if (reachedUs === 0) return;
    lastUs = Math.max(lastUs, reachedUs);
    waits[places.findIndex((upTo) => place <= upTo)]?.push(reachedUs - beginUs - atUs);
  });
  const dueUs = beginUs + (schedule.atUs.at(-1) ?? 0);
  const worst = (values: number[]): number => values.sort((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? 0;
  return {
    ...Object.fromEntries(
      waits.flatMap((values, at) =>
        values.length === 0 ? [] : [[`reachedP99UsPlace${[1, 10, 100, '101up'][at]}`, Math.round(worst(values))]],
      ),
    ),
    drainMs: Math.max(0, (lastUs - dueUs) / 1000),
    peakRssBytes: Math.max(0, ...windows.map(({ rss }) => rss ?? 0)),
  };
}
