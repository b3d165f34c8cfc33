import type { BenchResult, Trial } from '@ssert/bench';
import { type Markup, markup } from '../../html/markup.ts';
import { countText, delayText, lossShareText, perStreamText, shareText, timeText } from '../figures.ts';
import { trialName } from '../trial-name.ts';

/** Every trial with its figures. */
export function trialsTable(result: BenchResult): Markup {
  const { trials, capacity, verdict } = result;
  const answer = verdict.validity === 'invalid' ? undefined : capacity?.lo;
  const heads = [
    'load',
    'trial',
    '',
    'p50',
    'p99',
    'p99.9',
    'lost',
    'opened',
    'CPU/delivery',
    'memory/stream',
    'bad s',
  ];
  return markup`<div class="scroll wide" role="region" aria-label="Every trial" tabindex="0"><table class="trials">
<thead><tr>${heads.map((head) => markup`<th scope="col">${head === '' ? markup`<span class="spoken">validity</span>` : head}</th>`)}</tr></thead>
<tbody>${trials.map((trial) => row(result, trial, trial.x === answer))}</tbody>
</table></div>`;
}

function row(result: BenchResult, trial: Trial, isAnswer: boolean): Markup {
  const { clock } = result;
  const { x, validity, unstable, hist, counts, connects, server, generator, reasons } = trial;
  const record = hist.delivery ?? hist.ttfh;
  const cells = [
    ...[record?.p50, record?.p99, record?.p999].map((value) => (value === undefined ? '' : delayText(value, clock))),
    hist.delivery ? lossShareText(counts) : '',
    shareText(connects.ok / Math.max(1, connects.attempted)),
    server ? timeText(server.cpuNsPerDelivery / 1000) : '',
    server ? perStreamText(server) : '',
    shareText(generator.badWindows),
  ];
  const state = [validity === 'valid' ? [] : validity, unstable ? 'unstable' : []].flat().join(', ');
  return markup`<tr class="${validity}${isAnswer ? ' answer' : ''}"><th scope="row">${countText(x)}</th><td>${trialName(result, trial)}</td><td class="state" title="${reasons.join('; ')}">${state}</td>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>
`;
}
