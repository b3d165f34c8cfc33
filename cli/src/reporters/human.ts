import type { RuleResult, Verdict } from '@ssert/conformance';
import { areasIn, type Report } from '../report.ts';
import type { Paint, Style } from '../terminal.ts';
import { details } from './details.ts';
import { keepStart } from './marked-text.ts';

export interface HumanOptions {
  readonly paint: Paint;
  /** Lines are cut to this; undefined for no limit. */
  readonly columns: number | undefined;
}

const marks: Readonly<Record<Verdict, readonly [mark: string, style: Style]>> = {
  pass: ['✓', 'green'],
  fail: ['✗', 'red'],
  warn: ['!', 'yellow'],
  info: ['i', 'cyan'],
  skip: ['-', 'dim'],
  inconclusive: ['?', 'yellow'],
  error: ['E', 'red'],
};

/** The report for people: a line per rule by area, then each finding with its evidence, then what stayed dark. */
export function humanReport(report: Report, options: HumanOptions): string {
  const { paint } = options;
  const { target, results } = report;
  const head = [
    paint('bold', `ssert ${report.tool.version}`),
    target.name === target.url ? target.url : `${target.name} ${target.url}`,
    ...(target.capabilities === undefined
      ? [target.profiles.join(' '), `access: ${target.access.join(' ')}`]
      : [`can: ${target.capabilities.join(' ')}`]),
  ];
  const sections = [
    head.join(' · '),
    ...areasIn(report).map((area) => areaLines(area, report, options)),
    ...results.filter(({ verdict }) => ['fail', 'warn', 'error'].includes(verdict)).map((one) => finding(one, options)),
    ...stillDark(results),
    ...againstBaseline(report, paint),
    closing(report, paint),
  ];
  return `${sections.join('\n\n')}\n`;
}

function areaLines(area: string, report: Report, { paint, columns }: HumanOptions): string {
  const here = report.results.filter((result) => result.area === area);
  const dark = darkRules(report.results);
  const shown = here.filter((result) => !dark.includes(result));
  const skipped = here.length - shown.length;
  const widest = Math.max(...shown.map(({ id }) => id.length));
  const lines = shown.map(({ id, verdict, message = '', durationMs }) => {
    const [mark, style] = marks[verdict];
    const known = report.baseline?.known.includes(id) ? 'known: ' : '';
    const took = durationMs >= 5000 ? ` (${seconds(durationMs)})` : '';
    const said = `${known}${message}${took}`;
    const room = columns === undefined ? said : keepStart(said, Math.max(20, columns - widest - 6));
    return `  ${paint(style, mark)} ${id.padEnd(widest)}  ${paint('dim', room)}`;
  });
  return [`${paint('bold', area)}${skipped > 0 ? paint('dim', `  ${skipped} not judged`) : ''}`, ...lines].join('\n');
}

function finding(result: RuleResult, { paint, columns }: HumanOptions): string {
  const [mark, style] = marks[result.verdict];
  const title = `${paint(style, `${mark} ${result.id}`)}  ${paint('dim', result.level)}`;
  return [title, ...details(result, paint, Math.min(columns ?? 100, 120)).map((line) => `  ${line}`)].join('\n');
}

/** Rules that are not worth a line each: skipped ones, and many that are inconclusive for one and the same reason. */
function darkRules(results: readonly RuleResult[]): RuleResult[] {
  const alike = Map.groupBy(results, ({ verdict, message }) => (verdict === 'inconclusive' ? message : undefined));
  return results.filter(
    ({ verdict, message }) =>
      verdict === 'skip' || (verdict === 'inconclusive' && (alike.get(message)?.length ?? 0) > 3),
  );
}

/** What was not judged, by what would change that. */
function stillDark(results: readonly RuleResult[]): string[] {
  const byReason = Map.groupBy(darkRules(results), ({ message = '' }) => /give (--.+)$/.exec(message)?.[1] ?? message);
  if (byReason.size === 0) return [];
  const groups = [...byReason].sort(([, a], [, b]) => b.length - a.length);
  const width = String(groups[0]?.[1].length).length;
  const lines = groups.map(([reason, these]) => {
    const ids = these.map(({ id }) => id);
    const examples = ids.length > 3 ? `${ids.slice(0, 3).join(', ')}, …` : ids.join(', ');
    const count = `${String(ids.length).padStart(width)} ${ids.length === 1 ? 'rule ' : 'rules'}`;
    return reason.startsWith('--')
      ? `  ${count} for want of ${reason}: ${examples}`
      : `  ${count} ${examples}: ${reason}`;
  });
  return [['Not judged', ...lines].join('\n')];
}

function againstBaseline({ baseline }: Report, paint: Paint): string[] {
  if (!baseline) return [];
  const lines = [
    ...baseline.passing.map(
      (id) => `${id} is listed as a known failure and passes now: --update-baseline takes it off`,
    ),
    ...baseline.expired.map((id) => `${id} is listed as a known failure, but its day has passed`),
  ];
  return lines.length === 0 ? [] : [lines.map((line) => `${paint('red', '✗')} ${line}`).join('\n')];
}

function closing(report: Report, paint: Paint): string {
  const { summary, brokenOff, durationMs, seed, baseline } = report;
  const known = baseline?.known.length ?? 0;
  const words: [number, string, Style?][] = [
    [summary.fail, 'failed', 'red'],
    [summary.error, summary.error === 1 ? 'harness error' : 'harness errors', 'red'],
    [summary.warn, summary.warn === 1 ? 'warning' : 'warnings', 'yellow'],
    [summary.pass, 'passed', 'green'],
    [summary.info, 'for information'],
    [summary.inconclusive, 'inconclusive'],
    [summary.skip, 'not judged'],
  ];
  const counts = words
    .filter(([count, word]) => count > 0 || word === 'passed')
    .map(([count, word, style]) => (style && count > 0 ? paint(style, `${count} ${word}`) : `${count} ${word}`));
  if (known > 0) counts.push(`${known} of them known`);
  const line = `${counts.join(', ')} · ${seconds(durationMs)} · seed ${seed}`;
  const lines = [...ownState(report).map((own) => paint('dim', own)), line];
  if (brokenOff) lines.unshift(`${paint('red', 'Broken off')}: ${brokenOff.message}`);
  return lines.join('\n');
}

/** How busy the harness itself was: what timing verdicts are worth. */
export function ownState({ harness }: Report): string[] {
  if (!harness) return [];
  const { eventLoopDelayWorstMs, eventLoopDelayP99Ms, cpuPressureShare, cpuPressureFrom } = harness;
  const guess = cpuPressureFrom === 'kernel' ? '' : ', guessed from the load';
  const pressure = `CPU pressure ${Math.round(cpuPressureShare * 100)}%${guess}`;
  return [
    `The harness itself: event loop delayed ${eventLoopDelayWorstMs} ms at worst, 99 of 100 times at most ${eventLoopDelayP99Ms} ms; ${pressure}`,
  ];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
