import {
  type BenchResult,
  type Capacity,
  type DeliveryCounts,
  emptyHistogram,
  type RestRun,
  recordOf,
  type StopReason,
  type Trial,
} from '@ssert/bench';
import { describe, expect, test } from 'vitest';
import { madeUpBench } from '../../../../bench/testing/made-up-bench.ts';
import { plain as inPlain } from '../../terminal.ts';
import { countText, delayText, shareText, sizeText, timeText } from './figures.ts';
import { humanBench } from './human.ts';
import { oneSentence } from './one-sentence.ts';
import { benchReport, benchReporterNames } from './reports.ts';

const bench = madeUpBench();
const { capacity, slo, ...plain } = bench;
const text = (name: (typeof benchReporterNames)[number], result = bench): string =>
  benchReport(name, result)
    .map((one) => one.text)
    .join('\n');

const changed = (more: Partial<Capacity>) => ({ ...bench, capacity: { ...(capacity as Capacity), ...more } });
/** Where each of these stands first; all of them do. */
const places = (report: string, told: readonly (string | RegExp)[]): number[] => {
  const at = told.map((one) => (typeof one === 'string' ? report.indexOf(one) : report.search(one)));
  expect(at, report).not.toContain(-1);
  return at;
};

describe('one sentence tells a manager', () => {
  const withCapacity = (changed: object) =>
    oneSentence({ ...bench, capacity: { ...bench.capacity, ...changed } as never });

  test('what the server holds, and how sure that is', () => {
    expect(oneSentence(bench)).toBe(
      'This server holds 7,800 streams within “p99(delivery) < 250ms and loss = 0”: the true limit lies between 7,550 and 8,260 with 95 % certainty, and beyond it events come too late first.',
    );
  });

  test('that the server did not run all the time', () => {
    const target = { ...bench.target, cpuShare: { asked: 0.25, ran: 0.251 } };
    expect(oneSentence({ ...bench, target })).toMatch(/^This server, running 25 % of the time, holds 7,800 streams/);
  });

  test('that the generator was the limit', () => {
    const sentence = /This server holds at least 7,800 streams .*; the load generator, not the server, was the limit\./;
    expect(withCapacity({ limitedBy: 'generator', hi: null })).toMatch(sentence);
    const limited = { ...bench, capacity: { ...(capacity as Capacity), limitedBy: 'generator', hi: null } as const };
    expect(humanBench(limited, inPlain)).toMatch(sentence);
    expect(text('markdown', limited)).toMatch(sentence);
    expect(text('html', limited)).toMatch(sentence);
  });

  test('that somebody ended the run', () => {
    const sentence = 'The run was interrupted, and this is what was measured until then.';
    expect(oneSentence({ ...bench, interrupted: true })).toContain(sentence);
    expect(oneSentence({ ...plain, interrupted: true })).toContain(sentence);
  });

  test('that no stream opened, and why', () => {
    const [first] = bench.trials;
    const finding = { name: 'withholds', count: 5, sentence: '5 streams had no head' } as const;
    const shut = first && { ...first, connects: { attempted: 5, ok: 0, dropped: 0 }, findings: [finding] };
    expect(oneSentence({ ...plain, trials: shut ? [shut] : [] })).toBe('No stream opened: 5 streams had no head.');
  });

  test('that the time was too short', () => {
    expect(withCapacity({ limitedBy: 'time', confirmed: false, hi: 12_800 })).toMatch(
      /at 7,800 streams and did not at 12,800; the run ended before that was confirmed\.$/,
    );
  });

  test('that others on the machine ended the run', () => {
    const { capacity } = bench;
    const unsure = capacity && { ...capacity, limitedBy: 'time' as const, confirmed: false };
    expect(
      oneSentence({
        ...bench,
        ...(unsure ? { capacity: unsure } : {}),
        search: { axis: 'streams', stop: 'disturbed' },
      }),
    ).toMatch(/; others on this machine ended the run before that was confirmed\.$/);
  });

  test('that a run proves nothing', () => {
    const verdict = { validity: 'invalid' as const, reasons: ['the publisher lagged behind'] };
    expect(oneSentence({ ...bench, verdict })).toBe('This run proves nothing: the publisher lagged behind.');
    expect(oneSentence({ ...bench, verdict: { ...verdict, validity: 'suspect' } })).toContain('Take it with care');
  });

  test('whether an objective is met by one trial, and what was seen without one', () => {
    const trials = bench.trials.slice(3, 4);
    const verdict = { validity: 'valid' as const, reasons: [] };
    expect(oneSentence({ ...plain, trials, verdict })).toBe(
      'With 1,000 streams, half of the events come within 1.19 ms, 99 % within 4.69 ms, and none is lost.',
    );
    const missed = { ...verdict, slo: 'missed' as const, binding: 'loss == 0' };
    expect(oneSentence({ ...plain, ...(slo ? { slo } : {}), trials, verdict: missed })).toMatch(
      /^The objective “.*” is missed \(events are lost first\): with 1,000 streams/,
    );
    const unmeasured = { ...missed, binding: 'p99(ttfe) < 1s was not measured' };
    expect(oneSentence({ ...plain, ...(slo ? { slo } : {}), trials, verdict: unmeasured })).toContain(
      'is missed (p99(ttfe) < 1s was not measured)',
    );
  });

  test('that a search had to end before anything passed, and what it had tried', () => {
    const unjudged = { ...plain, slo, verdict: { validity: 'valid', reasons: [] } } as BenchResult;
    const ended = (stop: StopReason) => oneSentence({ ...unjudged, search: { axis: 'streams', stop } });
    expect(ended('time')).toBe(
      'Nothing was found: the search had no time left before any load kept “p99(delivery) < 250ms and loss = 0”; it had tried 125 to 12,000 streams.',
    );
    expect(ended('trials')).toContain('the search had no trials left before');
    expect(ended('interrupted')).toContain('the search was interrupted before');
    const [first] = bench.trials;
    const rate = { ...unjudged, trials: first ? [{ ...first, x: 40 }] : [] };
    expect(oneSentence({ ...rate, search: { axis: 'rate', stop: 'time' } })).toMatch(/tried 40 publishes a second\.$/);
    const storm = { ...rate, search: { axis: 'connectRate', stop: 'disturbed' } } as const;
    expect(oneSentence(storm)).toMatch(/was disturbed by others on this machine.* tried 40 connects a second\.$/);
  });

  test('nothing of an objective that was not judged, as the run was interrupted', () => {
    const unjudged = { ...plain, slo, interrupted: true, verdict: { validity: 'valid', reasons: [] } } as BenchResult;
    expect(oneSentence(unjudged)).toMatch(/^With [\d,]+ streams, half of the events come within/);
  });

  test('what is lost while clients come back, and never that none is', () => {
    const lost = (more: Partial<DeliveryCounts>) =>
      oneSentence({ ...plain, trials: [withCounts({ expected: 1000, lost: 0, ...more })], verdict: valid });
    expect(lost({ lostAcrossReconnect: 12 })).toMatch(/, and 1.2 % are lost while clients come back\.$/);
    expect(lost({ lost: 2, lostAcrossReconnect: 12 })).toMatch(
      /, and 0.2 % are lost, 1.2 % more while clients come back\.$/,
    );
    expect(lost({ lost: 2 })).toMatch(/, and 0.2 % are lost\.$/);
    expect(lost({})).toMatch(/, and none is lost\.$/);
  });

  test('how many machines more streams need', () => {
    const projection = {
      target: { streams: 1e6, publishesPerS: 20 },
      nodes: [184, 210] as const,
      boundBy: 'capacity' as const,
      assumptions: [],
      hypothesis: true,
    };
    expect(oneSentence({ ...bench, projection: [projection] })).toMatch(
      /1,000,000 streams need 184 to 210 such nodes \(a hypothesis, far from what was measured\)\.$/,
    );
  });
});

const valid = { validity: 'valid', reasons: [] } as const;

function withCounts(counts: Partial<DeliveryCounts>): Trial {
  const trial = bench.trials[3] as Trial;
  return { ...trial, counts: { ...trial.counts, ...counts } };
}

test('the terminal’s report of a search begins with the answer as a sentence and a table, then come its trials', () => {
  const projection = {
    ...{ target: { streams: 1e6, publishesPerS: 20 }, nodes: [184, 210] as const, boundBy: 'capacity' as const },
    ...{ assumptions: ['a node holds 7800'], hypothesis: false },
  };
  const told = humanBench({ ...changed({ nonMonotone: true }), projection: [projection] }, inPlain);
  const order = places(told, [
    '8 cores, Made-up CPU 3000',
    'valid: This server holds 7,800 streams',
    /^ {2}objective +p99\(delivery\) < 250ms && loss == 0$/m,
    /^ {2}holds +7,800$/m,
    /^ {2}fails +8,192$/m,
    /^ {2}confirmed +yes$/m,
    /^ {2}knee +6,400 \(5,900 to 7,200\)$/m,
    /^ {2}behind an overload +half of it holds again$/m,
    /^ {2}passes above a fail +yes$/m,
    /^ {2}nodes for 1,000,000 streams +184 to 210, bound by capacity$/m,
    /^ {2}125: p99 .*, 0 lost, valid$/m,
    /^at 7800, again \(4\)$/m,
    /^ {2}a node holds 7800$/m,
  ]);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

test('the terminal’s report of a run without a search ends with what it means', () => {
  const trials = bench.trials.slice(0, 1);
  const told = humanBench({ ...plain, trials, verdict: valid }, inPlain);
  const [trial = 0, sentence = 0] = places(told, [/^at 125$/m, 'valid: With 125 streams']);
  expect(trial).toBeLessThan(sentence);
  expect(told).not.toMatch(/^ {2}objective/m);
});

test('the terminal’s report of an invalid search tells no capacity, but its trials', () => {
  const verdict = { validity: 'invalid' as const, reasons: ['steal'] };
  const told = humanBench({ ...bench, verdict }, inPlain);
  expect(told).toContain('invalid: This run proves nothing: steal.');
  expect(told).toMatch(/^ {2}125: p99/m);
  expect(told).not.toMatch(/^ {2}holds/m);
});

test.each([
  [{ limitedBy: 'generator' }, 'not found: the generator would be the limit'],
  [{ limitedBy: 'time', confirmed: false }, 'not found: the search ended before any load failed'],
] as const)('without an upper end, the table says what kept it from being found: %j', (more, fails) => {
  expect(text('markdown', changed({ hi: null, ...more }))).toContain(`| fails | ${fails} |`);
  expect(text('html', changed({ hi: null, ...more }))).toContain(`<td>${fails}</td>`);
});

test('the table of a search that found nothing says whether that is the server’s doing', () => {
  const ended = { ...plain, search: { axis: 'streams', stop: 'time' }, verdict: valid } as const;
  expect(humanBench(ended, inPlain)).toMatch(/^ {2}holds +not known: the search ended before any load passed$/m);
  const missed = {
    ...ended,
    search: { axis: 'streams', stop: 'nothing-passes' },
    verdict: { ...valid, slo: 'missed' },
  };
  expect(text('markdown', missed as BenchResult)).toContain('| holds | not even the least load |');
});

test('what is lost while clients come back, and what comes again, stand wherever the lost are', () => {
  const counts = { expected: 1000, delivered: 988, lost: 0, lostAcrossReconnect: 12, redelivered: 5 };
  const one = { ...plain, trials: [withCounts(counts)], verdict: valid };
  expect(humanBench(one, inPlain)).toMatch(
    /^ {2}deliveries +988 of 1000, 0 lost, 12 lost while clients came back \(1.2 %\), 5 came again$/m,
  );
  const searched = { ...bench, trials: [withCounts({ ...counts, lost: 1 })] };
  expect(humanBench(searched, inPlain)).toMatch(
    / ms, 1 lost \(0.1 %\), 12 lost while clients came back \(1.2 %\), 5 came again, valid$/m,
  );
  const markdown = text('markdown', one);
  expect(markdown).toContain('| lost | 0 % of 1,000 |');
  expect(markdown).toContain('| lost while clients came back | 1.2 % |');
  expect(markdown).toContain('| came again | 5 |');
  expect(markdown).toMatch(/^\| 1,000 \| 1 \| valid \| .* \| 0 %, 1.2 % while clients came back \|/m);
  expect(text('html', one)).toContain('<td>0 %, 1.2 % while clients came back</td>');
});

test('the two trials of `slow` say which of them has slow readers, and that one is the answer', () => {
  const [alone, beside] = [0, 1].map((rep) => ({ ...withCounts({}), x: 100, rep })) as [Trial, Trial];
  const trials = [
    { ...alone, scenario: {} },
    { ...beside, scenario: { slowStreams: 6, policy: 'drops' } },
  ];
  const slow = { ...plain, plan: { ...plain.plan, scenario: 'slow' as const }, trials, verdict: valid };
  const told = humanBench(slow, inPlain);
  expect(told).toMatch(/^at 100, without slow readers$/m);
  expect(told).toMatch(/^at 100, again \(1\), with slow readers$/m);
  const markdown = text('markdown', slow);
  expect(markdown).toContain('| 100 | 1, without slow readers | valid |');
  expect(markdown).toContain('| 100 | 2, with slow readers | valid |');
  expect(markdown).toContain('| measured at | 100, with slow readers |');
  const html = text('html', slow);
  for (const name of ['1, without slow readers', '2, with slow readers']) expect(html).toContain(`<td>${name}</td>`);
  expect(html).toContain('Over time <span>100, trial 2, with slow readers</span>');
});

test('each report goes into files of its own', () => {
  const files = benchReporterNames.flatMap((name) => benchReport(name, bench).map(({ file }) => file));
  expect(files).toEqual(['bench.json', 'trials.csv', 'windows.csv', 'bench.md', 'bench.html']);
  expect(JSON.parse(text('json'))).toEqual(bench);
});

test('CSV has a row for each trial and for each second, all of one width', () => {
  const [trials, windows] = benchReport('csv', bench).map((one) => one.text.trimEnd().split('\r\n'));
  expect(trials).toHaveLength(bench.trials.length + 1);
  expect(windows).toHaveLength(bench.trials.reduce((sum, trial) => sum + trial.windows.length, 1));
  expect(trials?.[0]).toMatch(/^x,rep,validity,.*,delivery\.p99,.*,server\.rssBytesPerStream,/);
  for (const lines of [trials, windows]) {
    expect(new Set(lines?.map((line) => line.split(',').length)).size).toBe(1);
  }
  const [first] = bench.trials;
  const quoting = benchReport('csv', { ...bench, trials: first ? [{ ...first, reasons: ['one, "two"'] }] : [] });
  expect(quoting[0]?.text).toContain(',"one, ""two"""\r\n');
});

test('Markdown has the verdict, the figures, the trials and the limits', () => {
  const markdown = text('markdown');
  expect(markdown).toContain('**valid**, objective met. This server holds 7,800 streams');
  expect(markdown).toContain('| holds | 7,800 |');
  expect(markdown.match(/^\| 7,800 \| \d \|/gm)).toHaveLength(5);
  expect(markdown).toContain('- Load and server shared one machine, over loopback.');
  const cells = markdown.split('\n').filter((line) => line.startsWith('| 7,8'));
  expect(new Set(cells.map((line) => line.split('|').length)).size).toBe(1);
});

test('requests beside the streams are told alone and together, and their doubts in place of figures', () => {
  const { answers } = restRun(900, 1200);
  const rest = {
    url: 'http://127.0.0.1:4000/api',
    connections: 1,
    alone: restRun(900, 1200),
    beside: restRun(2500, 800),
  };
  const markdown = text('markdown', { ...bench, rest });
  expect(markdown).toContain('| requests alone: p50, p99, rate | 900 µs, 900 µs, 1,200/s |');
  expect(markdown).toContain('| requests beside the streams | 2.5 ms, 2.5 ms, 800/s |');
  expect(markdown).toContain('| streams alone: delivery p99 |');
  const doubtful = { ...rest, beside: { ...restRun(1, 1), answers, doubts: ['it was busy'] } };
  expect(text('html', { ...bench, rest: doubtful })).toContain('not known: it was busy');
  expect(humanBench({ ...bench, rest }, inPlain)).toContain(
    'GET http://127.0.0.1:4000/api on 1 connection, which asks again when the last is answered',
  );
});

/** Requests that all took so long. */
function restRun(us: number, requestsPerS: number): RestRun {
  const histogram = emptyHistogram();
  histogram.recordValue(us);
  return { requestsPerS, answers: recordOf(histogram), refused: 0, errors: 0, doubts: [] };
}

test('findings are told once each, from the trial that they were worst in', () => {
  const finding = (count: number) => ({ name: 'drops' as const, count, sentence: `${count} events never came` });
  const trials = bench.trials.map((trial, at) => ({ ...trial, findings: at < 3 ? [finding(10 * (at + 1))] : [] }));
  const told = 'At 500: 30 events never came';
  expect(text('markdown', { ...bench, trials }).split(told)).toHaveLength(2);
  expect(text('html', { ...bench, trials }).split(told)).toHaveLength(2);
});

test('Markdown of an invalid run tells no capacity, and names from elsewhere stay text', () => {
  const verdict = { validity: 'invalid' as const, reasons: ['<b>a|b</b>'] };
  const markdown = text('markdown', { ...bench, verdict });
  expect(markdown).not.toContain('| holds |');
  expect(markdown).toContain('\\<b\\>a\\|b\\</b\\>');
});

test('figures read as people say them', () => {
  expect([0, 940, 12_400, 999_400, 999_900, 2_030_000].map(timeText)).toEqual([
    '0 µs',
    '940 µs',
    '12.4 ms',
    '999 ms',
    '1 s',
    '2.03 s',
  ]);
  expect([null, Number.POSITIVE_INFINITY].map(timeText)).toEqual(['never', 'never']);
  expect([12, 9000, 1.25e9].map(sizeText)).toEqual(['12 B', '9 KB', '1.25 GB']);
  expect([200, 400, null].map((us) => delayText(us, { boundUs: 100 }))).toEqual(['< 300 µs', '400 µs', 'never']);
  expect([0, 1e-7, 0.001, 0.999995, 1].map(shareText)).toEqual(['0 %', '< 0.001 %', '0.1 %', '> 99.999 %', '100 %']);
  expect([7800, 0.5371].map(countText)).toEqual(['7,800', '0.537']);
});
