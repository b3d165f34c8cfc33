import type { BenchResult, HistogramRecord, Trial } from '@ssert/bench';
import type { Paint, Style } from '../../terminal.ts';

const styles: Readonly<Record<Trial['validity'], Style>> = { valid: 'green', suspect: 'yellow', invalid: 'red' };

/** What one bench run found, for people: the verdict, then each trial with its times, counts and costs. */
export function humanBench(result: BenchResult, paint: Paint): string {
  const { plan, target, verdict, host } = result;
  const head = [paint('bold', `ssert ${result.tool.version} bench`), plan.scenario, target.url].join(' · ');
  const where = `${host.cores} cores, ${host.cpu}, Node ${host.node}${host.loopback ? ', server and load on this machine' : ''}`;
  const answer =
    verdict.validity === 'invalid'
      ? 'invalid: the generator may have been the limit, so this says nothing about the server'
      : `${verdict.validity}${verdict.slo === undefined ? '' : `, objective ${verdict.slo}`}`;
  return `${[
    `${head}\n${paint('dim', where)}`,
    ...result.trials.map((trial) => trialLines(trial, paint)),
    [paint(styles[verdict.validity], answer), ...verdict.reasons.map((reason) => `  ${reason}`)].join('\n'),
  ].join('\n\n')}\n`;
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
      `Jain ${jain.toFixed(4)}, p99 of the worst 1 % ${time(worst1pctUs)}, bias by order ${positionBias.toFixed(2)}`,
    ]);
  }
  if (server) {
    const each = counts.publishes > 0 ? `${us(server.cpuNsPerDelivery)} CPU a delivery, ` : '';
    lines.push([
      'server',
      `${each}${size(server.rssBytesPerStream)} a stream (kernel ${size(server.kernelBytesPerStream)}, both ends), ${size(server.rssBytes)} in all`,
    ]);
  }
  const each = counts.publishes > 0 ? `${us(generator.cpuNsPerDelivery)} CPU a delivery, ` : '';
  const bad = `${Math.round(generator.badWindows * 100)} % of the seconds beyond a limit`;
  lines.push(['generator', `${each}${size(generator.bytesPerStream)} a stream, ${bad}`]);
  for (const [name, value] of Object.entries(trial.scenario ?? {})) lines.push([name, shown(value)]);
  const notes = [
    ...(trial.unstable ? ['unstable: deliveries fell behind while their times rose'] : []),
    ...(trial.lowN ? ['low-n: fewer than 1000 publishes, too few for p99'] : []),
    ...(trial.findings ?? []).map(({ name, sentence }) => `${name}: ${sentence}`),
  ];
  const title = paint('bold', `${trial.x} streams${trial.rep > 0 ? `, again (${trial.rep})` : ''}`);
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
    return [[label, `p50 ${time(p50)}  p90 ${time(p90)}  p99 ${time(p99)}  p99.9 ${time(p999)}  max ${time(max)}`]];
  });
}

/** Of a percentile that falls on what never came there is no time. */
function time(value: number | null): string {
  if (value === null) return 'never';
  return value < 1_000_000 ? `${(value / 1000).toFixed(value < 10_000 ? 2 : 1)} ms` : `${(value / 1e6).toFixed(2)} s`;
}

function us(ns: number): string {
  return `${(ns / 1000).toFixed(1)} us`;
}

function size(bytes: number): string {
  const kib = bytes / 1024;
  return Math.abs(kib) < 1024 ? `${kib.toFixed(1)} KiB` : `${(kib / 1024).toFixed(1)} MiB`;
}

function shown(value: number | string | boolean): string {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(3) : String(value);
}
