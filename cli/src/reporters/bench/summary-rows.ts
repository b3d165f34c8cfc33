import type { BenchResult, Capacity, RestRun, Trial } from '@ssert/bench';
import { clientsText, countText, delayText, perStreamText, shareText, sizeText, timeText } from './figures.ts';
import { slowReadersIn } from './trial-name.ts';

/** The answer as figures with their names, for tables of every kind. */
export function summaryRows(result: BenchResult): (readonly [name: string, value: string])[] {
  const { capacity, search, slo, projection = [] } = result;
  const at = trialOfAnswer(result);
  const rows: (readonly [string, string | undefined])[] = [
    ['objective', slo?.expr],
    ...(capacity === undefined
      ? [['holds', search && nothingHeld(result)] as const]
      : ([
          ['holds', countText(capacity.lo)],
          ['fails', capacity.hi === null ? noUpperEnd(capacity) : countText(capacity.hi)],
          ['95 % interval', `${countText(Math.round(capacity.ci95[0]))} to ${countText(Math.round(capacity.ci95[1]))}`],
          ['confirmed', capacity.confirmed ? 'yes' : 'no'],
          ['fails first by', capacity.binding],
          [
            'knee',
            capacity.knee && `${countText(capacity.knee.x)} (${capacity.knee.ci95.map(countText).join(' to ')})`,
          ],
          ['behind an overload', recoveryText(capacity.recovered)],
          ['passes above a fail', capacity.nonMonotone ? 'yes' : undefined],
        ] as const)),
    ...(at === undefined ? [] : figuresOf(result, at)),
    ...restRows(result),
    ...projection.map(
      ({ target, nodes, boundBy }) =>
        [
          `nodes for ${countText(target.streams)} streams`,
          `${nodes.map(countText).join(' to ')}, bound by ${boundBy}`,
        ] as const,
    ),
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

function nothingHeld({ verdict }: BenchResult): string {
  return verdict.slo === 'missed' ? 'not even the least load' : 'not known: the search ended before any load passed';
}

function noUpperEnd({ limitedBy }: Capacity): string {
  return limitedBy === 'generator'
    ? 'not found: the generator would be the limit'
    : 'not found: the search ended before any load failed';
}

/** What requests and streams did to each other, side by side. */
export function restRows({ rest, trials }: BenchResult): (readonly [name: string, value: string])[] {
  if (rest === undefined) return [];
  const requests = ({ answers, requestsPerS, refused, errors, doubts }: RestRun): string => {
    const failed = [
      ...(refused > 0 ? [`${refused} refused`] : []),
      ...(errors > 0 ? [`${errors} without an answer`] : []),
    ];
    const figures = `${timeText(answers.p50)}, ${timeText(answers.p99)}, ${countText(Math.round(requestsPerS))}/s`;
    return doubts.length > 0 ? `not known: ${doubts.join('; ')}` : [figures, ...failed].join(', ');
  };
  const streams = (trial: Trial | undefined): string =>
    trial === undefined || trial.validity === 'invalid' ? 'not known' : timeText(trial.hist.delivery?.p99 ?? null);
  return [
    ['requests alone: p50, p99, rate', requests(rest.alone)],
    ['requests beside the streams', requests(rest.beside)],
    ['streams alone: delivery p99', streams(trials[0])],
    ['streams beside the requests', streams(trials.at(-1))],
  ];
}

/** The trial that stands for the answer: at the capacity, or the last valid one. The middle one by p99 where several are. */
export function trialOfAnswer({ capacity, trials, verdict, plan }: BenchResult): Trial | undefined {
  const valid = trials.filter(({ validity }) => validity !== 'invalid');
  // An invalid run tells no capacity, not even by what it shows.
  const answer = (verdict.validity === 'invalid' ? undefined : capacity?.lo) ?? valid.at(-1)?.x;
  const atAnswer = valid.filter(({ x }) => x === answer);
  // Of `slow`, the trial without slow readers is there to be compared with.
  const played = atAnswer.filter((trial) => slowReadersIn({ plan }, trial) !== 'without slow readers');
  const candidates = played.length > 0 ? played : atAnswer;
  const sound = candidates.filter(({ validity }) => validity === 'valid');
  const here = sound.length > 0 ? sound : candidates;
  const p99 = ({ hist }: Trial): number => (hist.delivery ?? hist.ttfh)?.p99 ?? Number.POSITIVE_INFINITY;
  return here.toSorted((a, b) => p99(a) - p99(b))[Math.floor((here.length - 1) / 2)];
}

function figuresOf({ clock, plan }: BenchResult, trial: Trial): (readonly [string, string | undefined])[] {
  const { x, hist, counts, connects, server, lowN, fairness, clients = [] } = trial;
  const { delivery, ttfh } = hist;
  const { lostAcrossReconnect: away } = counts;
  const notes = [slowReadersIn({ plan }, trial), lowN && 'low-n: too few publishes for the percentiles'];
  return [
    ['measured at', [countText(x), ...notes].filter(Boolean).join(', ')],
    [
      'delivery p50, p99, p99.9',
      delivery && [delivery.p50, delivery.p99, delivery.p999].map((us) => delayText(us, clock)).join(', '),
    ],
    ['lost', delivery && `${shareText(counts.lost / Math.max(1, counts.expected))} of ${countText(counts.expected)}`],
    ['lost while clients came back', away > 0 ? shareText(away / counts.expected) : undefined],
    ['came again', counts.redelivered > 0 ? countText(counts.redelivered) : undefined],
    ['first head p99', ttfh && timeText(ttfh.p99)],
    ['opened', `${shareText(connects.ok / Math.max(1, connects.attempted))} of ${countText(connects.attempted)}`],
    ...clients.map((row) => [`${row.kind} clients`, clientsText(row)] as const),
    ['worst 1 % of the streams, p99', fairness && timeText(fairness.worst1pctUs)],
    ['server CPU per delivery', server && timeText(server.cpuNsPerDelivery / 1000)],
    [
      'server memory per stream',
      server && `${perStreamText(server)}, in the kernel ${sizeText(server.kernelBytesPerStream)}`,
    ],
  ];
}

function recoveryText(recovered: boolean | null): string {
  if (recovered === null) return 'not tried';
  return recovered ? 'half of it holds again' : 'half of it no longer holds';
}

/** What the server did that it should not, each once, as in the trial that it was worst in. */
export function findingsOf({ trials, verdict }: BenchResult): string[] {
  if (verdict.validity === 'invalid') return [];
  const all = trials
    .filter(({ validity }) => validity !== 'invalid')
    .flatMap(({ x, findings = [] }) => findings.map((finding) => ({ x, finding })));
  return [...Map.groupBy(all, ({ finding }) => finding.name).values()].map((same) => {
    const { x, finding } = same.reduce((a, b) => (b.finding.count > a.finding.count ? b : a));
    return `At ${countText(x)}: ${finding.sentence}`;
  });
}
