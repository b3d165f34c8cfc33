import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failureThatTells, madeUpReport, madeUpResult } from '../../testing/made-up-report.ts';
import { githubAnnotations, githubSummary } from './github.ts';

describe('annotations for GitHub', () => {
  test('are errors for what failed and warnings for what warns', () => {
    const report = madeUpReport([
      madeUpResult('framing/one', { verdict: 'fail', message: '100% wrong:\r\nsee' }),
      madeUpResult('framing/two', { verdict: 'warn', level: 'SHOULD', message: 'not so good' }),
      madeUpResult('framing/three'),
      madeUpResult('framing/four', { verdict: 'inconclusive', message: 'no time' }),
    ]);
    const spec = 'https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream';
    expect(githubAnnotations(report)).toBe(
      [
        `::error title=MUST framing/one::100%25 wrong:%0D%0Asee%0AThe stream is right.%0A${spec}`,
        `::warning title=SHOULD framing/two::not so good%0AThe stream is right.%0A${spec}`,
        '',
      ].join('\n'),
    );
  });

  test('are nothing where all is well', () => {
    expect(githubAnnotations(madeUpReport([madeUpResult('framing/one')]))).toBe('');
  });

  test('tell why a run broke off', () => {
    const brokenOff = { why: 'timeout' as const, message: 'raise --timeout' };
    expect(githubAnnotations(madeUpReport([madeUpResult('framing/one')], { brokenOff }))).toBe(
      '::error title=ssert%3A the run did not go to its end::raise --timeout\n',
    );
  });

  test('are one line each, whatever the server sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const lines = githubAnnotations(madeUpReport([failureThatTells(`${text}\n::warning::x`)])).split(/[\r\n]/);
        expect(lines).toEqual([expect.stringMatching(/^::error title=MUST framing\/newline-in-data::/), '']);
      }),
    );
  });
});

describe('the summary for GitHub', () => {
  test('counts, and folds each finding', () => {
    const text = githubSummary(madeUpReport([failureThatTells('x'), madeUpResult('framing/kept')]));
    expect(text).toMatch(/^### Event stream of mine\n\n1 pass · 1 fail · 12\.3 s · seed 7 · ssert 1\.2\.3\n/);
    expect(text).toContain('<details><summary>❌ <code>framing/newline-in-data</code> MUST: x arrived');
    expect(text).toContain('\n```text\nshould     The stream is right.\n');
    expect(text).not.toContain('framing/kept');
  });

  test('shows hostile text as text', () => {
    const attack = '```\n</details><img src=x onerror=alert(1)> [link](javascript:alert(1)) @everyone | *';
    const text = githubSummary(madeUpReport([failureThatTells(attack)]));
    const outside = text.replace(/\n(`{4,})text\n[\s\S]*?\n\1\n/g, '');
    expect(outside).not.toMatch(/<img|\[link\]|@everyone|```/);
    expect(outside.match(/<\/details>/g)).toHaveLength(1);
  });

  test('stays below what GitHub takes', () => {
    const many = Array.from({ length: 200 }, (_, n) => failureThatTells('x'.repeat(9000), { id: `framing/rule-${n}` }));
    const text = githubSummary(madeUpReport(many));
    expect(Buffer.byteLength(text)).toBeLessThan(1_000_000);
    expect(text).toMatch(/\n\d+ more findings are in the other reports\.\n$/);
  });
});
