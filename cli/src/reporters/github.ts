import type { RuleResult } from '@ssert/conformance';
import type { Report } from '../report.ts';
import { runTrouble, type Standing, saidOf, standingOf } from '../standing.ts';
import { plain } from '../terminal.ts';
import { details } from './details.ts';

/** GitHub refuses a summary above 1 MiB; the rest of it is left to other steps of the job. */
const summaryBytes = 500_000;

/** Workflow commands that make annotations: an error for what fails the run, a warning for what merely warns. */
export function githubAnnotations(report: Report): string {
  const trouble = runTrouble(report);
  const lines = [
    ...(trouble === undefined ? [] : [annotation('error', 'ssert: the run did not go to its end', trouble)]),
    ...report.results.flatMap((result) => {
      const standing = standingOf(result, report);
      const kind = annotationKind(result, standing);
      const text = [saidOf(result, standing), result.statement, result.spec, result.reproduce ?? ''];
      return kind === undefined
        ? []
        : [annotation(kind, `${result.level} ${result.id}`, text.filter((part) => part !== '').join('\n'))];
    }),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function annotationKind(result: RuleResult, standing: Standing): 'error' | 'warning' | undefined {
  if (standing === 'failed' || standing === 'stale' || standing === 'broken') return 'error';
  return standing === 'passed' && result.verdict === 'warn' ? 'warning' : undefined;
}

function annotation(kind: 'error' | 'warning', title: string, message: string): string {
  return `::${kind} title=${escapeProperty(title)}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replace(/[%\r\n]/g, (character) => encodeURIComponent(character));
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** The report as Markdown for the summary of a job: counts, then each finding with its evidence behind a fold. */
export function githubSummary(report: Report): string {
  const { target, summary, seed, tool, durationMs, results } = report;
  const counts = Object.entries(summary)
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${verdict}`)
    .join(' · ');
  const trouble = runTrouble(report);
  const findings = results
    .map((result) => ({ result, standing: standingOf(result, report) }))
    .filter(({ result, standing }) => standing !== 'unjudged' && result.verdict !== 'info')
    .filter(({ result, standing }) => standing !== 'passed' || result.verdict !== 'pass');
  const head = [
    `### Event stream of ${markdownText(target.name)}`,
    ...(trouble === undefined ? [] : [`**${markdownText(trouble)}**`]),
    `${counts || 'nothing was judged'} · ${(durationMs / 1000).toFixed(1)} s · seed ${seed} · ${tool.name} ${tool.version}`,
  ].join('\n\n');
  return withinBytes([`${head}\n\n`, ...findings.map(({ result, standing }) => foldedFinding(result, standing))]);
}

function foldedFinding(result: RuleResult, standing: Standing): string {
  const mark = { failed: '❌', stale: '❌', broken: '💥', excused: '☑️', unjudged: '❔', passed: '⚠️' }[standing];
  const title = `${mark} <code>${htmlText(result.id)}</code> ${result.level}: ${htmlText(saidOf(result, standing))}`;
  const text = details(result, plain, 100).join('\n');
  // Longer than any fence that the text itself holds.
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `<details><summary>${title}</summary>\n\n${fence}text\n${text}\n${fence}\n\n</details>\n\n`;
}

function withinBytes(parts: readonly string[]): string {
  let text = '';
  for (const [at, part] of parts.entries()) {
    if (Buffer.byteLength(text) + Buffer.byteLength(part) > summaryBytes) {
      return `${text}${parts.length - at} more findings are in the other reports.\n`;
    }
    text += part;
  }
  return text;
}

/** A backslash before any punctuation takes its meaning in Markdown away. */
function markdownText(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[!-/:-@[-`{-~]/g, '\\$&');
}

/** Markdown's marks within HTML as well: by their numbers. */
function htmlText(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[&<>"'*_`[\]\\~|@#:]/g, (character) => `&#${character.charCodeAt(0)};`);
}
