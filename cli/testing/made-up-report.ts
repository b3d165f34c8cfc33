import { areaOf, type RuleResult, summarise } from '@ssert/conformance';
import type { Report } from '../src/report.ts';

/** A result that passes, but for what `more` says. */
export function madeUpResult(id: `${RuleResult['area']}/${string}`, more: Partial<RuleResult> = {}): RuleResult {
  return {
    id,
    area: areaOf({ id }),
    level: 'MUST',
    title: 'a title',
    statement: 'The stream is right.',
    spec: 'https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream',
    durationMs: 3,
    verdict: 'pass',
    message: 'it is',
    ...more,
  };
}

/** A report of these results. */
export function madeUpReport(results: readonly RuleResult[], more: Partial<Report> = {}): Report {
  return {
    schema: 1,
    tool: { name: 'ssert', version: '1.2.3' },
    target: {
      name: 'mine',
      url: 'http://localhost:3000/stream',
      access: ['stream'],
      profiles: ['live'],
      bounds: { open: 1000 },
    },
    seed: 7,
    startedAt: '2026-03-31T12:00:00.000Z',
    durationMs: 12_345,
    summary: summarise(results),
    results,
    ...more,
  };
}

/** A failure with evidence of every kind, and `text` wherever a server's bytes can get. */
export function failureThatTells(text: string, more: Partial<RuleResult> = {}): RuleResult {
  const line = Buffer.from(`data: ${text}\n`);
  return madeUpResult('framing/newline-in-data', {
    verdict: 'fail',
    message: `${text} arrived as nothing`,
    evidence: {
      request: `GET /stream HTTP/1.1\nX-Said: ${text}`,
      response: `HTTP/1.1 200 OK\nX-Said: ${text}`,
      bytes: { offset: 100, hex: line.toString('hex'), text, mark: [6, line.length - 1] },
      observed: { said: text, gapsMs: [1, 2], events: 12_345 },
      connections: [
        {
          label: `GET /${text}`,
          openedAtMs: 0,
          headAtMs: 12,
          closedAtMs: 90,
          end: 'reset',
          marks: [
            { atMs: 20, kind: 'publish' },
            { atMs: 22, kind: 'event', label: text, count: 3 },
            { atMs: 40, kind: 'comment' },
            { atMs: 50, kind: 'stall' },
            { atMs: 70, kind: 'resume' },
          ],
        },
        { label: 'GET /stream', openedAtMs: 30, end: 'open', marks: [], marksLeftOut: 7 },
      ],
      connectionsLeftOut: 3,
    },
    counterexample: { value: text, seed: 7, path: '0:1', shrinks: 2 },
    seed: 7,
    reproduce: `curl -siN 'http://localhost:3000/${text}'\nssert check http://localhost:3000/stream --seed 7`,
    ...more,
  });
}
