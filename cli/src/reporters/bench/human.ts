import { type BenchResult, type HistogramRecord, openStreams, type Trial } from '@ssert/bench';
import type { Paint, Style } from '../../terminal.ts';
import { clientsText, lossText, perStreamText, shareText, sizeText, timeText } from './figures.ts';
import { oneSentence } from './one-sentence.ts';
import { restRows, summaryRows } from './summary-rows.ts';
import { slowReadersIn } from './trial-name.ts';

const styles: Readonly<Record<Trial['validity'], Style>> = { valid: 'green', suspect: 'yellow', invalid: 'red' };

/**
 * What one bench run found, for people. Of a search the answer comes first, as a sentence and as a table, then its trials;
 * else each trial with its times, counts and costs, then what that means.
 */
export function humanBench(result: BenchResult, paint: Paint): string {
  const { plan, target, verdict, host } = result;
  const head = [paint('bold', `ssert ${result.tool.version} bench`), plan.scenario, target.url].join(' · ');
  const { cpuShare } = target;
  const held = cpuShare ? `, held to ${shareText(cpuShare.asked)} of the time (ran ${shareText(cpuShare.ran)})` : '';
  const where = `${host.cores} cores, ${host.cpu}, Node ${host.node}${sharing(host)}${held}`;
  const answer = [
    `${paint(styles[verdict.validity], verdict.validity)}: ${oneSentence(result)}`,
    ...verdict.reasons.map((reason) => `  ${reason}`),
  ].join('\n');
  const trials = trialsShown(result).map((trial) => trialLines(result, trial, paint));
  return `${[
    `${head}\n${paint('dim', where)}`,
    ...(isSearch(result) ? [answer, ...searched(result), ...trials] : [...trials, answer]),
    ...besideRequests(result),
    ...notKnown(result),
  ].join('\n\n')}\n`;
}

function besideRequests(result: BenchResult): string[] {
  const { rest } = result;
  if (!rest) return [];
  const connections = rest.connections === 1 ? 'connection, which asks' : 'connections, each asking';
  return [
    [
      `GET ${rest.url} on ${rest.connections} ${connections} again when the last is answered`,
      ...aligned(restRows(result)),
    ].join('\n'),
  ];
}

/** The answer of a search in figures, and its trials, each as a line. An invalid one has no answer. */
function searched(result: BenchResult): string[] {
  const rows = result.verdict.validity === 'invalid' ? [] : aligned(summaryRows(result));
  return [rows, result.trials.map(oneLine)].filter((lines) => lines.length > 0).map((lines) => lines.join('\n'));
}

function isSearch({ search, capacity }: BenchResult): boolean {
  return search !== undefined || capacity !== undefined;
}

function aligned(rows: readonly (readonly [name: string, value: string])[]): string[] {
  const widest = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(widest)}  ${value}`);
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

/** Of a search the last trial of its answer, or the last one where it has none; else all. */
function trialsShown(result: BenchResult): readonly Trial[] {
  const { capacity, trials } = result;
  if (!isSearch(result)) return trials;
  return [trials.findLast(({ x }) => x === capacity?.lo) ?? trials.at(-1)].flatMap((trial) => trial ?? []);
}

function oneLine({ x, rep, hist, counts, validity }: Trial): string {
  const again = rep > 0 ? ` (${rep})` : '';
  const lost = hist.delivery ? `, ${lossText(counts)}` : '';
  return `  ${x}${again}: p99 ${timeText((hist.delivery ?? hist.ttfh)?.p99 ?? null)}${lost}, ${validity}`;
}

function trialLines(result: BenchResult, trial: Trial, paint: Paint): string {
  const { connects, counts, server, generator, fairness } = trial;
  const held = openStreams(trial);
  const open = held === connects.ok ? '' : `${held} at once, `;
  const dropped = connects.dropped > 0 ? `, ${connects.dropped} dropped later` : '';
  const lines: (readonly [string, string])[] = [
    ['streams', `${open}${connects.ok} of ${connects.attempted} connected${dropped}`],
    ...times(trial),
  ];
  if (counts.publishes + counts.publishesRefused > 0) {
    lines.push(
      ['publishes', `${counts.publishes}${counts.publishesRefused > 0 ? `, ${counts.publishesRefused} refused` : ''}`],
      ['deliveries', `${counts.delivered} of ${counts.expected}, ${lossText(counts)}`],
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
      `${busy(trial, 'cpu')} of a core, ${each}${perStreamText(server)} a stream (kernel ${sizeText(server.kernelBytesPerStream)}), ${sizeText(server.rssBytes)} in all`,
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
  const names = [`at ${trial.x}`, trial.rep > 0 && `again (${trial.rep})`, slowReadersIn(result, trial)];
  return [
    paint('bold', names.filter(Boolean).join(', ')),
    ...aligned(lines),
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
