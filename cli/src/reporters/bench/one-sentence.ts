import {
  type BenchResult,
  type Capacity,
  type DeliveryCounts,
  openStreams,
  type Projection,
  type Trial,
} from '@ssert/bench';
import { countText, delayText, shareText, timeText } from './figures.ts';

/** The answer of a run in words that need no knowledge of percentiles, validity and sizing included. */
export function oneSentence(result: BenchResult): string {
  const { verdict, capacity, projection = [] } = result;
  if (verdict.validity === 'invalid')
    return `This run proves nothing: ${verdict.reasons[0] ?? 'its measurements are invalid'}.`;
  const answer = capacity === undefined ? withoutCapacity(result) : withCapacity(result, capacity);
  const doubt = verdict.validity === 'suspect' ? ' Take it with care: the measurements are suspect.' : '';
  const early = result.interrupted ? ' The run was interrupted, and this is what was measured until then.' : '';
  return [answer + doubt + early, ...projection.map(projected)].join(' ');
}

/** What the load of each axis counts. */
const units: Readonly<Record<Capacity['axis'], string>> = {
  streams: 'streams',
  rate: 'publishes a second',
  connectRate: 'connects a second',
};

/** What a search did that ended early, as it stands behind "it". */
const ends = {
  interrupted: 'was interrupted',
  disturbed: 'was disturbed by others on this machine',
  trials: 'had no trials left',
} as const;

function withCapacity(result: BenchResult, capacity: Capacity): string {
  const { lo, hi, ci95, limitedBy, confirmed, axis, binding } = capacity;
  const unit = units[axis];
  const { cpuShare } = result.target;
  const subject = cpuShare
    ? `This server, running ${shareText(Number(cpuShare.ran.toFixed(2)))} of the time,`
    : 'This server';
  const within = result.slo === undefined ? '' : ` within ${spoken(result.slo.expr)}`;
  if (limitedBy === 'generator') {
    return `${subject} holds at least ${countText(lo)} ${unit}${within}; the load generator, not the server, was the limit.`;
  }
  if (!confirmed) {
    const failed = hi === null ? '' : ` and did not at ${countText(hi)}`;
    const why = result.search?.stop === 'disturbed' ? 'others on this machine ended the run' : 'the run ended';
    return `${subject} kept ${spoken(result.slo?.expr ?? 'its objective')} at ${countText(lo)} ${unit}${failed}; ${why} before that was confirmed.`;
  }
  const sure = `the true limit lies between ${countText(Math.round(ci95[0]))} and ${countText(Math.round(ci95[1]))} with 95 % certainty`;
  const first = binding === undefined ? '' : `, and beyond it ${causeOf(binding)}`;
  return `${subject} holds ${countText(lo)} ${unit}${within}: ${sure}${first}.`;
}

function withoutCapacity(result: BenchResult): string {
  const { verdict, slo, trials } = result;
  const last = trials.findLast(({ validity }) => validity !== 'invalid');
  if (last === undefined) return 'Nothing was measured.';
  if (last.connects.ok === 0) {
    const why = last.findings?.find(({ name }) => name === 'withholds')?.sentence;
    return `No stream opened${why === undefined ? '' : `: ${why}`}.`;
  }
  const found = figuresOf(result, last);
  if (slo === undefined) return `${found}.`;
  if (result.search && verdict.slo === undefined) return nothingFound(result, spoken(slo.expr));
  if (verdict.slo === undefined) return `${found}.`;
  if (verdict.slo === 'met') return `The objective ${spoken(slo.expr)} is met: ${lowerFirst(found)}.`;
  const reason = verdict.binding === undefined ? '' : ` (${causeOf(verdict.binding)})`;
  return `The objective ${spoken(slo.expr)} is missed${reason}: ${lowerFirst(found)}.`;
}

/** Of a search that had to end before a load passed: the server may hold less than what was tried. */
function nothingFound({ search, trials }: BenchResult, objective: string): string {
  const why = search && search.stop in ends ? ends[search.stop as keyof typeof ends] : 'had no time left';
  const loads = trials.map(({ x }) => x);
  const [least, most] = [countText(Math.min(...loads)), countText(Math.max(...loads))];
  const unit = units[search?.axis ?? 'streams'];
  const tried = least === most ? least : `${least} to ${most}`;
  return `Nothing was found: the search ${why} before any load kept ${objective}; it had tried ${tried} ${unit}.`;
}

function figuresOf({ clock }: BenchResult, trial: Trial): string {
  const { connects, hist, counts } = trial;
  const streams = `With ${countText(openStreams(trial))} streams`;
  if (hist.delivery === undefined) {
    const { p99 = null } = hist.ttfh ?? {};
    return `${streams}, ${shareText(connects.ok / Math.max(1, connects.attempted))} of the connections opened, 99 % of them within ${timeText(p99)}`;
  }
  const { p50, p99 } = hist.delivery;
  const lost = counts.lost + counts.lostAcrossReconnect === 0 ? 'none is lost' : lostOf(counts);
  return `${streams}, half of the events come within ${delayText(p50, clock)}, 99 % within ${delayText(p99, clock)}, and ${lost}`;
}

function lostOf({ expected, lost, lostAcrossReconnect }: DeliveryCounts): string {
  const there = lost === 0 ? '' : `${shareText(lost / expected)} are lost`;
  if (lostAcrossReconnect === 0) return there;
  const away = shareText(lostAcrossReconnect / expected);
  return there === '' ? `${away} are lost while clients come back` : `${there}, ${away} more while clients come back`;
}

function projected({ target, nodes, hypothesis }: Projection): string {
  const [least, most] = nodes.map(countText);
  const range = least === most ? `${least}` : `${least} to ${most}`;
  return `${countText(target.streams)} streams need ${range} such nodes${hypothesis ? ' (a hypothesis, far from what was measured)' : ''}.`;
}

/** An objective as one would say it. */
function spoken(expr: string): string {
  return `“${expr.replaceAll('&&', 'and').replaceAll('||', 'or').replaceAll('==', '=')}”`;
}

function causeOf(binding: string): string {
  if (binding.endsWith(' was not measured')) return binding;
  const [metric = ''] = binding.split(' ');
  if (/\((delivery|skew|gap)\)/.test(metric)) return 'events come too late first';
  if (/\((connect|ttfh|ttfe)\)/.test(metric)) return 'streams open too slowly first';
  if (/^(loss|delivered)/.test(metric)) return 'events are lost first';
  if (metric.startsWith('connect')) return 'streams fail first';
  if (metric.startsWith('server.rss')) return 'memory runs out first';
  return `${binding} fails first`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
