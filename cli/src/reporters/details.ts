import type { Evidence, RuleResult } from '@ssert/conformance';
import { wrap } from '../help.ts';
import type { Paint } from '../terminal.ts';
import { keepStart, markedLines } from './marked-text.ts';

const margin = 11;

/** What a person needs to believe one finding, as lines: what should be, what was seen, and how to see it again. */
export function details(result: RuleResult, paint: Paint, columns: number): string[] {
  const width = columns - margin - 2;
  const { evidence = {}, counterexample } = result;
  const sections: [label: string, lines: string[]][] = [
    ['should', wrap(result.statement, width)],
    ['seen', wrap(result.message ?? '', width)],
    ['bytes', bytesOf(evidence, paint, width)],
    ['measured', observedOf(evidence, width)],
    [
      'smallest',
      counterexample
        ? [
            keepStart(counterexample.value, Math.max(width, 200)),
            ...(counterexample.shrinks > 0 ? [paint('dim', `shrunk in ${counterexample.shrinks} steps`)] : []),
          ]
        : [],
    ],
    ['request', headOf(evidence.request, width)],
    ['response', headOf(evidence.response, width)],
    ['again', (result.reproduce ?? '').split('\n').filter((line) => line !== '')],
    ['standard', [result.spec]],
  ];
  return sections
    .filter(([, lines]) => lines.some((line) => line !== ''))
    .flatMap(([label, lines]) =>
      lines.map((line, at) => `${at === 0 ? paint('dim', label.padEnd(margin)) : ' '.repeat(margin)}${line}`),
    );
}

function bytesOf({ bytes }: Evidence, paint: Paint, width: number): string[] {
  if (!bytes) return [];
  const lines = markedLines(Buffer.from(bytes.hex, 'hex'), bytes.mark, paint, width);
  const place = paint('dim', `at byte ${bytes.offset + bytes.mark[0]} of the stream`);
  return [...(lines.length > 12 ? [...lines.slice(0, 11), `… ${lines.length - 11} more lines`] : lines), place];
}

function observedOf({ observed = {} }: Evidence, width: number): string[] {
  const figures = Object.entries(observed).map(([name, value]) => {
    const shown =
      typeof value === 'object' && value.length > 8
        ? `${value.slice(0, 8).join(' ')} … (${value.length} in all)`
        : typeof value === 'object'
          ? value.join(' ')
          : String(value);
    return `${name} ${shown === '' ? 'none' : keepStart(shown, width)}`;
  });
  return figures.length === 0 ? [] : wrap(figures.join(' · '), width);
}

/** A head in a few lines: enough to know it by, all of it is in the JSON report. */
function headOf(head: string | undefined, width: number): string[] {
  if (head === undefined) return [];
  const shown = head
    .split('\n')
    .map((line) => keepStart(line, width))
    .join(' · ');
  const lines = wrap(shown, width);
  return lines.length <= 4 ? lines : [...lines.slice(0, 3), `${lines[3]} …`];
}
