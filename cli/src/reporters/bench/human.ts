import type { BenchResult, HistogramRecord, Trial } from '@ssert/bench';
import type { Paint, Style } from '../../terminal.ts';
import { clientsText, sizeText, timeText } from './figures.ts';
import { oneSentence } from './one-sentence.ts';

const styles: Readonly<Record<Trial['validity'], Style>> = { valid: 'green', suspect: 'yellow', invalid: 'red' };

/** What one bench run found, for people: the verdict, then each trial with its times, counts and costs. */
export function humanBench(result: BenchResult, paint: Paint): string {
  const { plan, target, verdict, host } = result;
  const head = [paint('bold', `ssert ${result.tool.version} bench`), plan.scenario, target.url].join(' · ');
  const where = `${host.cores} cores, ${host.cpu}, Node ${host.node}${sharing(host)}`;
  return `${[
    `${head}\n${paint('dim', where)}`,
    ...trialsShown(result).map((trial) => trialLines(trial, paint)),
    ...(result.capacity ? [result.trials.map(oneLine).join('\n')] : []),
    [
      `${paint(styles[verdict.validity], verdict.validity)}: ${oneSentence(result)}`,
      ...verdict.reasons.map((reason) => `  ${reason}`),
    ].join('\n'),
  ].join('\n\n')}\n`;
}

function sharing({ loopback, pinned }: BenchResult['host']): string {
  if (pinned) return `, the server on CPU ${pinned.server}, the load on ${pinned.generator}`;
  return loopback ? ', server and load share the CPUs' : '';
}

/** Of a search the last trial of its answer, else all. */
function trialsShown({ capacity, trials }: BenchResult): readonly Trial[] {
  const last = capacity && trials.findLast(({ x }) => x === capacity.lo);
  return last ? [last] : trials;
}

function oneLine({ x, rep, hist, counts, validity }: Trial): string {
  const again = rep > 0 ? ` (${rep})` : '';
  return `  ${x}${again}: p99 ${timeText(hist.delivery?.p99 ?? null)}, ${counts.lost} lost, ${validity}`;
}

function trialLines(trial: Trial, paint: Paint): string {
  const { connects, counts, server, generator, fairness } = trial;
  const dropped = connects.dropped > 0 ? `, ${connects.dropped} dropped later` : '';
  const lines: (readonly [string, string])[] = [
    ['streams', `${connects.ok} of ${connects.attempted} connected${dropped}`],
    ...times(trial),
  ];
  if (counts.publishes > 0) {
    const lost = counts.expected === 0 ? 0 : counts.lost / counts.expected;
    lines.push(
      ['publishes', `${counts.publishes}${counts.publishesRefused > 0 ? `, ${counts.publishesRefused} refused` : ''}`],
      ['deliveries', `${counts.delivered} of ${counts.expected}, ${counts.lost} lost (${(lost * 100).toFixed(3)} %)`],
    );
  }
  if (fairness) {
    const { jain, worst1pctUs, positionBias } = fairness;
    lines.push([
      'fairness',
      `Jain ${jain.toFixed(4)}, p99 of the worst 1 % ${timeText(worst1pctUs)}, bias by order ${positionBias.toFixed(2)}`,
    ]);
  }
  if (server) {
    const each = counts.publishes > 0 ? `${us(server.cpuNsPerDelivery)} CPU a delivery, ` : '';
    lines.push([
      'server',
      `${each}${sizeText(server.rssBytesPerStream)} a stream (kernel ${sizeText(server.kernelBytesPerStream)}, both ends), ${sizeText(server.rssBytes)} in all`,
    ]);
  }
  const each = counts.publishes > 0 ? `${us(generator.cpuNsPerDelivery)} CPU a delivery, ` : '';
  const bad = `${Math.round(generator.badWindows * 100)} % of the seconds beyond a limit`;
  lines.push(['generator', `${each}${sizeText(generator.bytesPerStream)} a stream, ${bad}`]);
  for (const row of trial.clients ?? []) lines.push([`${row.kind} clients`, clientsText(row)]);
  for (const [name, value] of Object.entries(trial.scenario ?? {})) lines.push([name, shown(value)]);
  const notes = [
    ...(trial.unstable ? ['unstable: deliveries fell behind while their times rose'] : []),
    ...(trial.lowN ? ['low-n: fewer than 1000 publishes, too few for p99'] : []),
    ...(trial.findings ?? []).map(({ name, sentence }) => `${name}: ${sentence}`),
  ];
  const title = paint('bold', `at ${trial.x}${trial.rep > 0 ? `, again (${trial.rep})` : ''}`);
  const widest = Math.max(...lines.map(([name]) => name.length));
  return [
    title,
    ...lines.map(([name, text]) => `  ${name.padEnd(widest)}  ${text}`),
    ...notes.map((note) => `  ${paint('yellow', '!')} ${note}`),
  ].join('\n');
}

function times({ hist }: Trial): [string, string][] {
  const shownAs = { ttfh: 'first head', ttfe: 'first event', delivery: 'delivery', skew: 'fan-out' } as const;
  return Object.entries(shownAs).flatMap(([name, label]): [string, string][] => {
    const record: HistogramRecord | undefined = hist[name as keyof typeof shownAs];
    if (!record || record.count + record.missing === 0) return [];
    const { p50, p90, p99, p999, max } = record;
    return [
      [
        label,
        `p50 ${timeText(p50)}  p90 ${timeText(p90)}  p99 ${timeText(p99)}  p99.9 ${timeText(p999)}  max ${timeText(max)}`,
      ],
    ];
  });
}

function us(ns: number): string {
  return `${(ns / 1000).toFixed(1)} us`;
}

function shown(value: number | string | boolean): string {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(3) : String(value);
}
