import { type Contender, floor, ours, peers } from './contenders.ts';
import type { Figure, Samples } from './figures.ts';
import { medianOf, medianRatio } from './ratio.ts';

export type Verdict = 'met' | 'not met' | 'not measured';

/** What the reference server means to reach. */
export interface Goal {
  readonly figure: Figure;
  readonly text: string;
  readonly verdict: (samples: Samples, contenders: readonly Contender[]) => Verdict;
}

const verdict = (value: number | undefined, isMet: (value: number) => boolean): Verdict =>
  value === undefined ? 'not measured' : isMet(value) ? 'met' : 'not met';

function absolute(figure: Figure, text: string, isMet: (value: number) => boolean): Goal {
  return { figure, text, verdict: (samples) => verdict(medianOf(samples.of(ours.name, figure)), isMet) };
}

function relative(figure: Figure, base: Contender, text: string, isMet: (ratio: number) => boolean): Goal {
  return {
    figure,
    text,
    verdict: (samples) => verdict(medianRatio(samples.of(ours.name, figure), samples.of(base.name, figure)), isMet),
  };
}

/** Less of it than every peer that was measured. */
function leastOfAll(figure: Figure, text: string): Goal {
  return {
    figure,
    text,
    verdict: (samples, contenders) => {
      const ratios = contenders
        .filter(({ name }) => !name.startsWith(ours.name) && name !== floor.name)
        .map(({ name }) => medianRatio(samples.of(ours.name, figure), samples.of(name, figure)))
        .filter((ratio) => ratio !== undefined);
      return verdict(ratios.length === 0 ? undefined : Math.max(...ratios), (greatest) => greatest < 1);
    },
  };
}

/** The loop on `node:http` writes each event at once, whatever waits. */
const uncoalesced = peers.find(({ name }) => name === 'node-http') as Contender;

/** 100 queues of ten events of 4 KB: what a bounded server may hold for the stalled readers. */
const flatBytes = 4 * 2 ** 20;

export const goals: readonly Goal[] = [
  relative('cpuUsPerDelivery', floor, '≤ 1.2x', (ratio) => ratio <= 1.2),
  leastOfAll('cpuUsPerDelivery', 'ahead of every peer'),
  relative('p50Us', uncoalesced, '≤ 1.1x the node:http loop', (ratio) => ratio <= 1.1),
  relative('closedLoop8PerSecond', floor, '≥ 200 %', (ratio) => ratio >= 2),
  absolute('idleRssBytes', '≤ 10 KB', (bytes) => bytes <= 10 * 1024),
  absolute('stalledGrowthBytes', 'flat: ≤ 4 MB', (bytes) => bytes <= flatBytes),
  absolute('stalledP99Ratio', '≤ 1.5x', (ratio) => ratio <= 1.5),
  absolute('opensPerSecond', '≥ 10k/s', (perSecond) => perSecond >= 10_000),
  absolute('gzipCpuRatio', '≤ 1.3x', (ratio) => ratio <= 1.3),
];
