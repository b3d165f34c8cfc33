import type { BenchResult, Trial } from '@ssert/bench';
import { countText, delayText, lossShareText, perStreamText, timeText } from './figures.ts';
import { oneSentence } from './one-sentence.ts';
import { findingsOf, summaryRows } from './summary-rows.ts';
import { trialName } from './trial-name.ts';

/** A run for a pull request or a page of a wiki: the answer, its figures, every trial, and what limits them. */
export function benchMarkdown(result: BenchResult): string {
  const { target, plan, verdict, trials, model, projection = [], host, seed } = result;
  const invalid = verdict.validity === 'invalid';
  const params = Object.entries(plan.params).map(([name, value]) => `${name} ${value}`);
  const limits = [
    ...verdict.reasons,
    ...(host.loopback ? ['Load and server shared one machine, over loopback.'] : []),
    ...(model?.refusals ?? []),
    ...(invalid ? [] : projection.flatMap(({ assumptions }) => assumptions)),
  ];
  return [
    `# ${escaped(target.url)}`,
    `**${verdict.validity}**${verdict.slo === undefined ? '' : `, objective ${verdict.slo}`}. ${escaped(oneSentence(result))}`,
    // Of an invalid run no capacity is told.
    ...(invalid ? [] : [table(['', ''], summaryRows(result))]),
    ...section('Findings', findingsOf(result)),
    '## Trials',
    table(
      ['load', 'trial', 'validity', 'p50', 'p99', 'lost', 'CPU per delivery', 'memory per stream'],
      trials.map((trial) => trialRow(result, trial)),
    ),
    ...section('Limits', limits),
    `Scenario ${plan.scenario} (${escaped(params.join(', '))}), seed ${seed}, ${target.protocol}${target.tls ? ' over TLS' : ''}; ${escaped(host.cpu)}, ${host.cores} cores, Linux ${escaped(host.kernel)}, Node ${host.node}.`,
    '',
  ].join('\n\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, lines.map((line) => `- ${escaped(line)}`).join('\n')];
}

function trialRow(result: BenchResult, trial: Trial): string[] {
  const { clock } = result;
  const { x, validity, unstable, hist, counts, server } = trial;
  const record = hist.delivery ?? hist.ttfh;
  return [
    countText(x),
    trialName(result, trial),
    unstable ? `${validity}, unstable` : validity,
    record ? delayText(record.p50, clock) : '',
    record ? delayText(record.p99, clock) : '',
    hist.delivery ? lossShareText(counts) : '',
    server ? timeText(server.cpuNsPerDelivery / 1000) : '',
    server ? perStreamText(server) : '',
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n');
}

/** What would begin a table cell, a tag or a link is text here; a line stays one line. */
function escaped(text: string): string {
  return text.replace(/[\\`*_|<>[\]]/g, '\\$&').replace(/\s+/g, ' ');
}
