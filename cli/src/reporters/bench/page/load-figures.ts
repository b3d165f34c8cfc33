import { type BenchResult, comparisons, openStreams, type Trial } from '@ssert/bench';
import type { AxisOptions } from '../../html/axis.ts';
import { figure } from '../../html/chart.ts';
import type { Markup } from '../../html/markup.ts';
import { countText, sizeText, timeText } from '../figures.ts';
import { trialName } from '../trial-name.ts';

/** A percentile that falls among what never came. */
const never = Number.POSITIVE_INFINITY;
/** How far above the latest time there is what never came, as a factor. */
const above = 2;

/**
 * How latency grows with the load, with the objective across it and the answer shaded. A percentile that falls among what
 * never came stands at the upper edge: left out, the curve would end before the load that fails.
 */
export function loadFigure(result: BenchResult): Markup | undefined {
  const { capacity, slo, verdict } = result;
  const points = result.trials.flatMap((trial) => {
    const record = trial.hist.delivery ?? trial.hist.ttfh;
    if (record === undefined || record.count + record.missing === 0) return [];
    return [{ trial, p50: record.p50 ?? never, p99: record.p99 ?? never }];
  });
  const times = points.flatMap(({ p50, p99 }) => [p50, p99]);
  const known = times.filter((us) => us !== never);
  if (new Set(points.map(({ trial }) => trial.x)).size < 2 || known.length === 0) return undefined;
  const valid = points.filter(({ trial }) => trial.validity !== 'invalid');
  const what = result.trials.some(({ hist }) => hist.delivery) ? 'delivery' : 'ttfh';
  const limits = comparisons(slo?.ast ?? { kind: 'and', terms: [] })
    .filter(({ metric }) => metric.endsWith(`(${what})`))
    .map(({ limit, text }) => ({ value: limit, text }));
  const heights = [...known, ...limits.map(({ value }) => value)];
  const neverCame = points.filter(({ p99 }) => p99 === never).length;
  const edge = neverCame === 0 ? Math.max(...heights) : above * Math.max(...heights);
  const heightOf = (us: number): number => Math.min(us, edge);
  const shown = verdict.validity === 'invalid' ? undefined : capacity;
  return figure(
    'Latency by load',
    {
      label: `${what === 'delivery' ? 'Delivery' : 'First head'} latency at ${points.length} trials: from ${timeText(Math.min(...heights))} to ${timeText(Math.max(...heights))}${neverCame === 0 ? '' : `, and never at ${neverCame} of them`}; the table of trials has every figure`,
      x: loadAxis(points.map(({ trial }) => trial.x)),
      y: { scale: 'log', from: Math.max(1, Math.min(...heights)), to: edge, text: timeText, ticks: 4 },
      lines: [
        { hue: 'two', points: medians(valid.map(({ trial, p50 }) => [trial.x, heightOf(p50)])) },
        { hue: 'one', points: medians(valid.map(({ trial, p99 }) => [trial.x, heightOf(p99)])) },
      ],
      dots: points.flatMap(({ trial, p50, p99 }) => [
        {
          hue: 'two',
          at: [trial.x, heightOf(p50)],
          title: titleOf(result, trial, `p50 ${timeText(p50)}`),
          hollow: trial.validity !== 'valid',
        },
        {
          hue: 'one',
          at: [trial.x, heightOf(p99)],
          title: titleOf(result, trial, `p99 ${timeText(p99)}`),
          hollow: trial.validity !== 'valid',
        },
      ]),
      limits: [...limits, ...(neverCame === 0 ? [] : [{ value: edge, text: 'never' }])],
      ...(shown?.hi == null
        ? {}
        : {
            spans: [
              {
                kind: 'answer',
                from: shown.lo,
                to: shown.hi,
                title: `holds ${countText(shown.lo)}, fails ${countText(shown.hi)}`,
              },
            ],
          }),
      ...(shown?.knee === undefined ? {} : { marks: [{ x: shown.knee.x, text: 'knee' }] }),
    },
    {
      legend: [
        ['one', 'p99'],
        ['two', 'p50'],
      ],
      note: 'A dot is a trial, hollow where it was not valid; the lines join the medians. Shaded: from what holds to what fails.',
    },
  );
}

/** Memory of the server by streams, with the fitted line. */
export function memoryFigure({ trials, model }: BenchResult): Markup | undefined {
  const points = trials.flatMap((trial) => {
    const { server, validity } = trial;
    return server && validity !== 'invalid' ? [[openStreams(trial), server.rssBytes] as const] : [];
  });
  const loads = points.map(([streams]) => streams);
  if (new Set(loads).size < 2) return undefined;
  const { memory } = model ?? {};
  const most = Math.max(...loads);
  const at = (streams: number): number => (memory ? memory.base + memory.perStream * streams : 0);
  return figure(
    'Memory by streams',
    {
      label: `Resident memory of the server, up to ${sizeText(Math.max(...points.map(([, rss]) => rss)))} at ${countText(most)} streams`,
      x: { scale: 'linear', from: 0, to: most, text: countText },
      y: { scale: 'linear', from: 0, to: Math.max(...points.map(([, rss]) => rss)), text: sizeText, ticks: 4 },
      ...(memory
        ? {
            lines: [
              {
                hue: 'two',
                points: [
                  [0, at(0)],
                  [most, at(most)],
                ],
              },
            ],
          }
        : {}),
      dots: points.map(([streams, rss]) => ({
        hue: 'one',
        at: [streams, rss],
        title: `${countText(streams)} streams: ${sizeText(rss)}`,
      })),
    },
    memory && {
      note: `${sizeText(memory.base)} and ${sizeText(memory.perStream)} for each stream (95 %: ${memory.perStreamCi95.map(sizeText).join(' to ')}); ${sizeText(memory.kernelPerStream)} more in the kernel.`,
    },
  );
}

function loadAxis(loads: readonly number[]): AxisOptions {
  const [from, to] = [Math.min(...loads), Math.max(...loads)];
  return { scale: from > 0 && to > 8 * from ? 'log' : 'linear', from, to, text: countText };
}

function medians(points: readonly (readonly [x: number, y: number])[]): [number, number][] {
  return [...Map.groupBy(points, ([x]) => x)]
    .map(([x, here]): [number, number] => [
      x,
      here.map(([, y]) => y).sort((a, b) => a - b)[Math.floor((here.length - 1) / 2)] as number,
    ])
    .sort(([a], [b]) => a - b);
}

function titleOf(result: BenchResult, trial: Trial, figureText: string): string {
  const { x, validity, unstable } = trial;
  const state = [validity === 'valid' ? [] : validity, unstable ? 'unstable' : []].flat();
  return `${countText(x)}, trial ${trialName(result, trial)}: ${[figureText, ...state].join(', ')}`;
}
