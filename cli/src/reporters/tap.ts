import type { RuleResult } from '@ssert/conformance';
import type { Report } from '../report.ts';
import { runTrouble, saidOf, standingOf } from '../standing.ts';
import { plain } from '../terminal.ts';
import { markedText } from './marked-text.ts';

/**
 * The report as TAP 14: a test point per rule, what was found as a YAML block behind it. A harness calls it failed
 * exactly where the exit code is not 0; a known failure is a TODO.
 */
export function tapReport(report: Report): string {
  const { results, target, seed, tool } = report;
  const trouble = runTrouble(report);
  const lines = [
    'TAP version 14',
    `# ${oneLine(`${tool.name} ${tool.version}, seed ${seed}, ${target.name} ${target.url}`)}`,
    ...results.flatMap((result, at) => testPoint(result, at + 1, report)),
    ...(trouble === undefined ? [`1..${results.length}`] : [`Bail out! ${oneLine(trouble)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function testPoint(result: RuleResult, number: number, report: Report): string[] {
  const standing = standingOf(result, report);
  const said = saidOf(result, standing);
  const point = `${number} - ${escapeHash(result.id)}`;
  switch (standing) {
    case 'unjudged':
      return [`ok ${point} # SKIP ${escapeHash(said)}`];
    case 'passed':
      return [`ok ${point}`, ...(result.verdict === 'pass' ? [] : diagnostics(result, said))];
    case 'excused':
      return [`not ok ${point} # TODO known failure`, ...diagnostics(result, said)];
    case 'failed':
    case 'stale':
    case 'broken':
      return [`not ok ${point}`, ...diagnostics(result, said)];
  }
}

function diagnostics(result: RuleResult, message: string): string[] {
  const { verdict, level, statement, spec, evidence = {}, counterexample, reproduce, seed, durationMs } = result;
  const { bytes, observed, request, response } = evidence;
  const values = {
    message,
    severity: verdict,
    level,
    statement,
    standard: spec,
    bytes: bytes && {
      offset: bytes.offset + bytes.mark[0],
      lines: markedText(Buffer.from(bytes.hex, 'hex'), bytes.mark, plain),
      hex: bytes.hex,
    },
    counterexample: counterexample?.value,
    observed,
    request: request?.split('\n'),
    response: response?.split('\n'),
    reproduce: reproduce?.split('\n'),
    seed,
    duration_ms: durationMs,
  };
  const lines = Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `  ${key}: ${yaml(value)}`);
  return ['  ---', ...lines, '  ...'];
}

/** YAML reads JSON, once the characters are escaped that JSON may hold as they are and YAML may not. */
function yaml(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function escapeHash(text: string): string {
  return oneLine(text).replace(/[\\#]/g, '\\$&');
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').toWellFormed();
}
