import type { RuleResult } from '@ssert/conformance';
import { describe, expect, test } from 'vitest';
import { madeUpReport as reportOf, madeUpResult as result } from '../../testing/made-up-report.ts';
import type { Report } from '../report.ts';
import { plain } from '../terminal.ts';
import { humanReport } from './human.ts';

const human = (report: Report, columns?: number): string => humanReport(report, { paint: plain, columns });

describe('the report for people', () => {
  test('says which server, then a line per rule by area, then the counts', () => {
    const results = [
      result('framing/valid-utf-8', { durationMs: 6100 }),
      result('http/not-cacheable', { verdict: 'inconclusive', message: 'no answer in time' }),
      result('http/cors', { verdict: 'info', message: 'no origin is allowed' }),
    ];
    expect(human(reportOf(results))).toBe(
      [
        'ssert 1.2.3 · mine http://localhost:3000/stream · live · access: stream',
        '',
        'http',
        '  ? http/not-cacheable  no answer in time',
        '  i http/cors           no origin is allowed',
        '',
        'framing',
        '  ✓ framing/valid-utf-8  it is (6.1 s)',
        '',
        '1 passed, 1 for information, 1 inconclusive · 12.3 s · seed 7',
        '',
      ].join('\n'),
    );
  });

  test('says how busy the harness itself was', () => {
    const harness = {
      eventLoopDelayP99Ms: 1.5,
      eventLoopDelayWorstMs: 42,
      cpuPressureShare: 0.113,
      cpuPressureFrom: 'kernel',
      ownCpuShare: 0.4,
    } as const;
    expect(human(reportOf([result('framing/valid-utf-8', {})], { harness }))).toContain(
      '\nThe harness itself: event loop delayed 42 ms at worst, 99 of 100 times at most 1.5 ms; CPU pressure 11%\n1 passed',
    );
  });

  test('shows a finding with what should be, what was seen and how to see it again', () => {
    const finding = result('framing/known-fields', {
      verdict: 'fail',
      message: 'no field is called "Data"',
      evidence: {
        request: 'GET /stream HTTP/1.1\nHost: localhost:3000',
        response: 'HTTP/1.1 200 OK\nContent-Type: text/event-stream',
        bytes: { offset: 100, hex: Buffer.from('id: 1\nData: x\n').toString('hex'), text: '', mark: [6, 10] },
        observed: { lines: 2, gapsMs: [1, 2], none: [] },
      },
      counterexample: { value: '"x"', seed: 7, path: '0:1', shrinks: 2 },
      reproduce: 'curl -siN http://localhost:3000/stream\nssert check http://localhost:3000/stream --seed 7',
    });
    expect(human(reportOf([finding]))).toContain(
      [
        '✗ framing/known-fields  MUST',
        '  should     The stream is right.',
        '  seen       no field is called "Data"',
        '  bytes      id: 1\\n',
        '             Data: x\\n',
        '             ^^^^',
        '             at byte 106 of the stream',
        '  measured   lines 2 · gapsMs 1 2 · none none',
        '  smallest   "x"',
        '             shrunk in 2 steps',
        '  request    GET /stream HTTP/1.1 · Host: localhost:3000',
        '  response   HTTP/1.1 200 OK · Content-Type: text/event-stream',
        '  again      curl -siN http://localhost:3000/stream',
        '             ssert check http://localhost:3000/stream --seed 7',
        '  standard   https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream',
      ].join('\n'),
    );
  });

  test('groups what was not judged by what would unlock it', () => {
    const skip = (name: string, message: string): RuleResult =>
      result(`framing/${name}`, { verdict: 'skip', because: 'access', message });
    const results = [
      skip('one', 'needs publish: give --publish URL'),
      skip('two', 'no stream ended by itself'),
      ...['three', 'four', 'five'].map((name) => skip(name, 'needs publish: give --publish URL')),
    ];
    expect(human(reportOf(results))).toContain(
      [
        'framing  5 not judged',
        '',
        'Not judged',
        '  4 rules for want of --publish URL: framing/one, framing/three, framing/four, …',
        '  1 rule  framing/two: no stream ended by itself',
        '',
        '0 passed, 5 not judged · ',
      ].join('\n'),
    );
  });

  test('gives rules that are inconclusive for one reason a line together', () => {
    const names = ['one', 'two', 'three', 'four'];
    const results = names.map((name) =>
      result(`framing/${name}`, { verdict: 'inconclusive', message: 'it is no event stream' }),
    );
    const text = human(reportOf([...results, result('http/one', { verdict: 'inconclusive', message: 'no time' })]));
    expect(text).toContain('  4 rules framing/one, framing/two, framing/three, …: it is no event stream\n');
    expect(text).toContain('  ? http/one  no time\n');
    expect(text).not.toContain('? framing/one');
  });

  test('tells how the run stands against the known failures', () => {
    const results = [
      result('framing/one', { verdict: 'fail', message: 'broken' }),
      result('framing/two', {}),
      result('framing/three', { verdict: 'fail', message: 'broken' }),
    ];
    const baseline = { known: ['framing/one'], passing: ['framing/two'], expired: ['framing/three'] };
    const text = human(reportOf(results, { baseline }));
    expect(text).toContain('  ✗ framing/one    known: broken\n');
    expect(text).toContain(
      '✗ framing/two is listed as a known failure and passes now: --update-baseline takes it off\n',
    );
    expect(text).toContain('✗ framing/three is listed as a known failure, but its day has passed\n');
    expect(text).toContain('2 failed, 1 passed, 1 of them known');
  });

  test('says why the run broke off', () => {
    const brokenOff = { why: 'target-lost' as const, message: 'the server went away' };
    expect(human(reportOf([result('framing/one', {})], { brokenOff }))).toMatch(
      /\nBroken off: the server went away\n1 passed · 12\.3 s · seed 7\n$/,
    );
  });

  test('cuts its lines to the width of a terminal, and none elsewhere', () => {
    const report = reportOf([result('framing/one', { message: 'long '.repeat(100).trim() })]);
    expect(
      Math.max(
        ...human(report, 80)
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
    expect(human(report)).toContain('long '.repeat(100).trim());
  });
});
