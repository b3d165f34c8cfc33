import type { Models, Trial } from '../results/bench-result.ts';
import { openStreams } from '../results/open-streams.ts';
import { leastSquaresOfCosts } from './least-squares.ts';

type CpuModel = NonNullable<Models['cpu']>;

/** What one node used at one load. */
export interface CpuPoint {
  readonly nodes: number;
  /** CPUs that this node kept busy, on average. */
  readonly cores: number;
  /** Of all nodes together, like the rates below. */
  readonly streams: number;
  readonly deliveriesPerS: number;
  readonly connectsPerS: number;
  readonly publishesPerS: number;
}

/** Fewer numbers of streams make no line. */
const leastLevels = 5;

const causes = ['perStream', 'perDelivery', 'perConnect', 'perPublish'] as const;
const names: Readonly<Record<(typeof causes)[number], string>> = {
  perStream: 'streams',
  perDelivery: 'deliveries/s',
  perConnect: 'connects/s',
  perPublish: 'publishes/s',
};

/**
 * CPU as idle cost, shares that nodes divide among them, and the cost of a publish, which every node pays: the ceiling of
 * scaling out. A load that was never there costs nothing in the model, and its name is told.
 * @returns the model with what it cannot know, or why there is none
 */
export function cpuModel(points: readonly CpuPoint[]): {
  readonly model?: CpuModel;
  readonly refusals: readonly string[];
} {
  if (points.length === 0)
    return { refusals: ["CPU costs are not known: no valid trial measured the server's process"] };
  const costs = points.map((point) => ({
    perStream: point.streams / point.nodes,
    perDelivery: point.deliveriesPerS / point.nodes,
    perConnect: point.connectsPerS / point.nodes,
    perPublish: point.publishesPerS,
  }));
  const present = causes.filter((cause) => costs.some((cost) => cost[cause] !== 0));
  const unseen = causes.filter((cause) => !present.includes(cause)).map((cause) => names[cause]);
  try {
    const [idle = 0, ...found] = leastSquaresOfCosts(
      costs.map((cost) => [1, ...present.map((cause) => cost[cause])]),
      points.map(({ cores }) => cores),
    );
    const cost = (cause: (typeof causes)[number]): number => found[present.indexOf(cause)] ?? 0;
    const model = {
      idle,
      perStream: cost('perStream'),
      perDelivery: cost('perDelivery'),
      perConnect: cost('perConnect'),
      perPublish: cost('perPublish'),
    };
    return { model, refusals: unseen.map((name) => `the CPU cost of ${name} is not known: there were none`) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const together = present.map((cause) => names[cause]).join(', ');
    return {
      refusals: [
        `CPU costs cannot be told apart: ${together} rose together, or too few loads were measured; vary them one by one`,
      ],
    };
  }
}

/**
 * What a node needs where only streams were varied, as a search does: all that came with a stream is the stream's, and all
 * that was the same for every load, publishes included, is idle. It holds at the same rate alone, and so stands in no result.
 * @returns undefined where too few loads were measured
 */
export function cpuAtOneRate(trials: readonly Trial[]): CpuModel | undefined {
  // Who falls behind does less than it is asked for, and would make a stream look cheap.
  const points = cpuPoints(trials.filter(({ unstable }) => !unstable));
  if (new Set(points.map(({ streams }) => streams)).size < leastLevels) return undefined;
  const [idle = 0, perStream = 0] = leastSquaresOfCosts(
    points.map(({ streams }) => [1, streams]),
    points.map(({ cores }) => cores),
  );
  return { idle, perStream, perDelivery: 0, perConnect: 0, perPublish: 0 };
}

/** The points that a run's trials on one node give; connects of the ramp are not measured. */
export function cpuPoints(trials: readonly Trial[]): CpuPoint[] {
  return trials.flatMap((trial) => {
    const { validity, counts, server, scenario, windows } = trial;
    const seconds = windows.filter(({ phase }) => phase === 'measure').length;
    if (validity === 'invalid' || server === undefined || seconds === 0) return [];
    const connectsPerS = scenario?.connectsPerS;
    return {
      nodes: 1,
      cores: server.cpuNs / 1e9 / seconds,
      streams: openStreams(trial),
      deliveriesPerS: counts.delivered / seconds,
      connectsPerS: typeof connectsPerS === 'number' ? connectsPerS : 0,
      publishesPerS: counts.publishes / seconds,
    };
  });
}
