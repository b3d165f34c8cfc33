import type { BenchResult, HistogramRecord, Trial } from '@ssert/bench';
import type { Paint, Style } from '../../terminal.ts';
import { clientsText, perStreamText, shareText, sizeText, timeText } from './figures.ts';
import { oneSentence } from './one-sentence.ts';
import { restRows } from './summary-rows.ts';

const styles: Readonly<Record<Trial['validity'], Style>> = { valid: 'green', suspect: 'yellow', invalid: 'red' };

/** What one bench run found, for people: the verdict, then each trial with its times, counts and costs. */
export function humanBench(result: BenchResult, paint: Paint): string {
  const { plan, target, verdict, host } = result;
  const head = [paint('bold', `ssert ${result.tool.version} bench`), plan.scenario, target.url].join(' · ');
  const { cpuShare } = target;
  const held = cpuShare ? `, held to ${shareText(cpuShare.asked)} of the time (ran ${shareText(cpuShare.ran)})` : '';
  const where = `${host.cores} cores, ${host.cpu}, Node ${host.node}${sharing(host)}${held}`;
  return `${[
    `${head}\n${paint('dim', where)}`,
    ...trialsShown(result).map((trial) => trialLines(trial, paint)),
    ...(result.capacity ? [result.trials.map(oneLine).join('\n')] : []),
    [
      `${paint(styles[verdict.validity], verdict.validity)}: ${oneSentence(result)}`,
      ...verdict.reasons.map((reason) => `  ${reason}`),
    ].join('\n'),
    ...besideRequests(result),
    ...notKnown(result),
  ].join('\n\n')}\n`;
}

function besideRequests(result: BenchResult): string[] {
  const { rest } = result;
  if (!rest) return [];
  const rows = restRows(result);
  const widest = Math.max(...rows.map(([name]) => name.length));
  const connections = rest.connections === 1 ? 'connection, which asks' : 'connections, each asking';
  return [
    [
      `GET ${rest.url} on ${rest.connections} ${connections} again when the last is answered`,
      ...rows.map(([name, value]) => `  ${name.padEnd(widest)}  ${value}`),
    ].join('\n'),
  ];
}

/** Of a search: what its projections assume, and what could not be told. */
function notKnown({ projection = [], model, verdict }: BenchResult): string[] {
  const assumed = verdict.validity === 'invalid' ? [] : projection.flatMap(({ assumptions }) => assumptions);
  const lines = [...new Set([...assumed, ...(model?.refusals ?? [])])];
  return lines.length === 0 ? [] : [['assumed, or not known', ...lines.map((line) => `  ${line}`)].join('\n')];
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
  if (counts.publishes + counts.publishesRefused > 0) {
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
      `${busy(trial, 'cpu')} of a core, ${each}${perStreamText(server)} a stream (kernel ${sizeText(server.kernelBytesPerStream)}, both ends), ${sizeText(server.rssBytes)} in all`,
    ]);
  }
  const each = counts.publishes > 0 ? `${us(generator.cpuNsPerDelivery)} CPU a delivery, ` : '';
  const bad = `${Math.round(generator.badWindows * 100)} % of the seconds beyond a limit`;
  lines.push([
    'generator',
    `${busy(trial, 'elu')} busy at most, ${each}${sizeText(generator.bytesPerStream)} a stream, ${bad}`,
  ]);
  for (const row of trial.clients ?? []) lines.push([`${row.kind} clients`, clientsText(row)]);
  for (const [name, value] of Object.entries(trial.scenario ?? {})) lines.push([name, shown(value)]);
  const notes = [
    ...(trial.unstable ? ['unstable: deliveries fell behind while their times rose'] : []),
    ...(trial.lowN ? ['low-n: too few publishes for the percentiles'] : []),
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

function times({ hist, p99Ci95 }: Trial): [string, string][] {
  const shownAs = { ttfh: 'first head', ttfe: 'first event', delivery: 'delivery', skew: 'fan-out' } as const;
  return Object.entries(shownAs).flatMap(([name, label]): [string, string][] => {
    const record: HistogramRecord | undefined = hist[name as keyof typeof shownAs];
    if (!record || record.count + record.missing === 0) return [];
    const { p50, p90, p99, p999, max } = record;
    const sure = name === 'delivery' && p99Ci95 ? ` (${p99Ci95.map(timeText).join(' to ')})` : '';
    return [
      [
        label,
        `p50 ${timeText(p50)}  p90 ${timeText(p90)}  p99 ${timeText(p99)}${sure}  p99.9 ${timeText(p999)}  max ${timeText(max)}`,
      ],
    ];
  });
}

/** Mean share of the seconds that were measured: of the server's CPU time, or of the generator's busiest event loop. */
function busy({ windows }: Trial, what: 'cpu' | 'elu'): string {
  const shares = windows.filter(({ phase }) => phase === 'measure').flatMap((window) => window[what] ?? []);
  return `${Math.round((100 * shares.reduce((sum, one) => sum + one, 0)) / Math.max(1, shares.length))} %`;
}

function us(ns: number): string {
  return `${(ns / 1000).toFixed(1)} us`;
}

function shown(value: number | string | boolean): string {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(3) : String(value);
}
