import type { ReceiverSummary } from '../engine/receiver-memory.ts';
import type { Schedule } from '../publisher/schedule.ts';
import type { DeliveryCounts, Finding } from '../results/bench-result.ts';

/** Even the first receiver of an event waited so long: the server stood still. */
const stallUs = 300_000;
/** Of what was expected, a starved stream got less than half while the others got nearly all. */
const starved = 0.5;
const nearlyAll = 0.9;

export interface FindingsOf {
  readonly counts: DeliveryCounts;
  readonly restamped: number;
  readonly summaries: readonly ReceiverSummary[];
  readonly schedule: Schedule;
  readonly beginUs: number;
}

/** What the server did to events that no percentile tells, each by a name. */
export function findingsOf({ counts, restamped, summaries, schedule, beginUs }: FindingsOf): Finding[] {
  const findings: Finding[] = [];
  const note = (name: Finding['name'], count: number, sentence: string): void => {
    if (count > 0) findings.push({ name, count, sentence });
  };
  const starving = starvedStreams(summaries);
  note(
    'starves',
    starving.length,
    `${starving.length} streams got less than half of their events: ${ofNumbers(starving)}`,
  );
  const own = starving.reduce((sum, { lost }) => sum + lost, 0);
  note('drops', counts.lost - own, `${counts.lost - own} of ${counts.expected} events never came`);
  note('duplicates', counts.duplicate, `${counts.duplicate} events came twice on one connection`);
  note('reorders', counts.reordered, `${counts.reordered} events came after one that was published later`);
  note('corrupts', counts.corrupt, `${counts.corrupt} events were not as they were published`);
  note('restamps', restamped, `${restamped} events told another time than the one they were published for`);
  const stalls = stallsOf(summaries, schedule, beginUs);
  const longest = Math.max(0, ...stalls);
  note(
    'stalls',
    stalls.length,
    `${stalls.length} times no stream got anything, ${(longest / 1e6).toFixed(1)} s at most`,
  );
  return findings;
}

function starvedStreams(summaries: readonly ReceiverSummary[]): { number: number; lost: number }[] {
  const all = summaries.flatMap(({ numbers, expectedOf, deliveredOf }) =>
    [...numbers].map((number, stream) => ({
      number,
      expected: expectedOf[stream] ?? 0,
      delivered: deliveredOf[stream] ?? 0,
    })),
  );
  const few = all.filter(({ expected, delivered }) => expected > 0 && delivered < starved * expected);
  const ofOthers = (of: 'expected' | 'delivered'): number => {
    const total = (streams: typeof all): number => streams.reduce((sum, stream) => sum + stream[of], 0);
    return total(all) - total(few);
  };
  // Where all get little, it is no question of who.
  if (ofOthers('expected') === 0 || ofOthers('delivered') < nearlyAll * ofOthers('expected')) return [];
  return few.map(({ number, expected, delivered }) => ({ number, lost: expected - delivered }));
}

/** How long each stall was: the wait of the first receiver of the event that waited longest in it. */
function stallsOf(summaries: readonly ReceiverSummary[], schedule: Schedule, beginUs: number): number[] {
  const stalls: number[] = [];
  let stalled = false;
  schedule.atUs.forEach((atUs, row) => {
    const firstUs = Math.min(...summaries.map(({ firstUs }) => firstUs[row] || Number.POSITIVE_INFINITY));
    if (firstUs === Number.POSITIVE_INFINITY) return;
    const waitedUs = firstUs - beginUs - atUs;
    if (waitedUs <= stallUs) {
      stalled = false;
      return;
    }
    if (stalled) stalls.push(Math.max(stalls.pop() ?? 0, waitedUs));
    else stalls.push(waitedUs);
    stalled = true;
  });
  return stalls;
}

function ofNumbers(streams: readonly { number: number }[]): string {
  const shown = streams.slice(0, 5).map(({ number }) => number + 1);
  return `number ${shown.join(', ')}${streams.length > shown.length ? ' …' : ''} in the order of connecting`;
}
