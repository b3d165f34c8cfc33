import { escapeControls } from './access/marked-bytes.ts';
import type { RuleResult } from './result.ts';

/** A result as plain text of a few lines: what was seen, what should be, and how to see it again. */
export function explain(result: RuleResult): string {
  const { message, statement, level, spec, evidence = {}, counterexample, reproduce } = result;
  const lines = [`${message ?? 'no message'}`, '', `${level}: ${statement}`, `standard: ${spec}`];
  if (counterexample) lines.push(`smallest input: ${counterexample.value}`);
  if (evidence.bytes) {
    const { offset, hex, mark } = evidence.bytes;
    const bytes = Buffer.from(hex, 'hex');
    const part = (start: number, end?: number): string => escapeControls(bytes.subarray(start, end).toString());
    const marked = `${part(0, mark[0])}»${part(...mark)}«${part(mark[1])}`;
    lines.push(`at byte ${offset + mark[0]} of the stream: ${marked}`);
  }
  const figures = Object.entries(evidence.observed ?? {}).map(([name, value]) => `${name} ${String(value)}`);
  if (figures.length > 0) lines.push(`measured: ${figures.join(', ')}`);
  if (reproduce !== undefined) lines.push('again:', ...reproduce.split('\n').map((line) => `  ${line}`));
  return lines.join('\n');
}
