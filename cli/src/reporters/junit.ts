import type { RuleResult } from '@ssert/conformance';
import { areasIn, type Report } from '../report.ts';
import { runTrouble, saidOf, standingOf } from '../standing.ts';
import { plain } from '../terminal.ts';
import { details } from './details.ts';
import { xmlElement, xmlText } from './xml.ts';

/**
 * The report as JUnit's XML, in the form that Ant writes and every reader of it takes. It holds a failure or an error
 * exactly where the exit code is not 0: what nobody asked to count is a test that passes, with its findings in the
 * suite's output, and a known failure is skipped.
 */
export function junitReport(report: Report): string {
  const trouble = runTrouble(report);
  const suites = [
    ...(trouble === undefined ? [] : [troubleSuite(trouble)]),
    ...areasIn(report).map((area) => {
      const results = report.results.filter((result) => result.area === area);
      return areaSuite(area, results, report);
    }),
  ];
  const elements = suites.map((suite, id) => suiteElement(suite, id, report));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xmlElement('testsuites', {}, ['\n', ...elements])}\n`;
}

interface Suite {
  readonly name: string;
  readonly cases: readonly { readonly kind: Kind; readonly element: string }[];
  readonly durationMs: number;
  readonly output: string;
}

type Kind = 'passed' | 'failure' | 'error' | 'skipped';

/** One test that stands for the run itself. */
function troubleSuite(trouble: string): Suite {
  const problem = xmlElement('error', { message: trouble, type: 'run' }, [xmlText(trouble)]);
  const attributes = { name: 'the run went to its end', classname: 'ssert.run', time: '0.000' };
  const element = xmlElement('testcase', attributes, [problem]);
  return { name: 'run', cases: [{ kind: 'error', element }], durationMs: 0, output: '' };
}

function areaSuite(area: string, results: readonly RuleResult[], report: Report): Suite {
  const noted = results.filter(
    (result) => standingOf(result, report) === 'passed' && ['warn', 'info'].includes(result.verdict),
  );
  return {
    name: area,
    cases: results.map((result) => caseOf(result, report)),
    durationMs: results.reduce((sum, { durationMs }) => sum + durationMs, 0),
    output: noted.map((result) => `${result.verdict} ${result.id}\n${told(result)}`).join('\n\n'),
  };
}

function caseOf(result: RuleResult, report: Report): Suite['cases'][number] {
  const standing = standingOf(result, report);
  const message = saidOf(result, standing);
  const attributes = { name: result.id, classname: `ssert.${result.area}`, time: seconds(result.durationMs) };
  const testcase = (children: readonly string[]): string => xmlElement('testcase', attributes, children);
  switch (standing) {
    case 'passed':
      return { kind: 'passed', element: testcase([]) };
    case 'failed':
    case 'stale': {
      const problem = xmlElement('failure', { message, type: result.verdict }, [xmlText(told(result))]);
      return { kind: 'failure', element: testcase([problem]) };
    }
    case 'broken': {
      const problem = xmlElement('error', { message, type: result.verdict }, [xmlText(told(result))]);
      return { kind: 'error', element: testcase([problem]) };
    }
    case 'excused':
    case 'unjudged':
      return { kind: 'skipped', element: testcase([xmlElement('skipped', { message })]) };
  }
}

function suiteElement({ name, cases, durationMs, output }: Suite, id: number, report: Report): string {
  const count = (kind: Kind): number => cases.filter((one) => one.kind === kind).length;
  const attributes = {
    name,
    package: 'ssert',
    id,
    // Without a zone, as Ant has it; the time is UTC.
    timestamp: report.startedAt.slice(0, 19),
    hostname: 'localhost',
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: seconds(durationMs),
  };
  const properties = Object.entries(propertiesOf(report)).map(([key, value]) =>
    xmlElement('property', { name: key, value }),
  );
  return `${xmlElement('testsuite', attributes, [
    '\n',
    xmlElement('properties', {}, properties),
    ...cases.map(({ element }) => `\n${element}`),
    `\n${xmlElement('system-out', {}, [xmlText(output)])}`,
    xmlElement('system-err', {}),
  ])}\n`;
}

function propertiesOf({ tool, target, seed, expectations = {} }: Report): Record<string, string> {
  const wanted = Object.entries(expectations).filter(([, value]) => value);
  return {
    tool: `${tool.name} ${tool.version}`,
    seed: String(seed),
    target: target.name,
    url: target.url,
    access: target.access.join(' '),
    profiles: target.profiles.join(' '),
    ...(wanted.length === 0 ? {} : { expectations: wanted.map(([name]) => name).join(' ') }),
  };
}

function told(result: RuleResult): string {
  return details(result, plain, 100).join('\n');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
