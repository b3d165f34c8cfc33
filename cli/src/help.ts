import type { Command } from './command.ts';
import type { Flag } from './flags.ts';

type Described = Pick<Command, 'usage' | 'summary' | 'flags' | 'examples' | 'exitCodes'>;

/** The help of one command, made from its tables. */
export function commandHelp(command: Described, columns = 80): string {
  const width = Math.min(Math.max(columns, 60), 100);
  const groups = new Map<string, [string, string][]>();
  for (const [name, flag] of Object.entries(command.flags)) {
    const heading = flag.group ?? 'Options';
    groups.set(heading, [...(groups.get(heading) ?? []), [flagUsage(name, flag), flag.meaning]]);
  }
  const sections = [
    `Usage: ssert ${command.usage}`,
    wrap(command.summary, width).join('\n'),
    ...[...groups].map(([heading, rows]) => `${heading}:\n${twoColumns(rows, width)}`),
    `Examples:\n${command.examples.map(([line, meaning]) => `  ${line}\n      ${meaning}`).join('\n')}`,
    `Exit code:\n${twoColumns(
      command.exitCodes.map(([code, meaning]) => [String(code), meaning]),
      width,
    )}`,
  ];
  return `${sections.join('\n\n')}\n`;
}

/** Two columns, the second one wrapped. */
export function twoColumns(rows: readonly (readonly [string, string])[], width: number): string {
  const left = Math.min(Math.max(...rows.map(([term]) => term.length)), 26);
  const indent = ' '.repeat(left + 4);
  return rows
    .flatMap(([term, meaning]) => {
      const lines = wrap(meaning, width - indent.length).map((line) => `${indent}${line}`);
      const head = `  ${term}`;
      if (term.length > left) return [head, ...lines];
      return [`${head.padEnd(indent.length)}${(lines[0] ?? '').trimStart()}`, ...lines.slice(1)];
    })
    .join('\n');
}

/** Breaks text at spaces; a word longer than `width` stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function flagUsage(name: string, flag: Flag): string {
  return `--${name}${flag.value ? ` ${flag.value}` : ''}`;
}
