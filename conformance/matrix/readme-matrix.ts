import type { Expected } from './expected.ts';

/** How the tables of servers begin; those of clients have a beginning of their own. */
const serverHead = '| a MUST that is broken |';

/** The heading of the reference server's column. */
const headings: Readonly<Record<string, string>> = { ssert: 'reference' };

/** The cells of a table's row. */
export function cells(row: string): string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** The servers or clients that the tables of a page have columns for. */
export function serversShown(page: string, head: string = serverHead): string[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith(head))
    .flatMap((line) => serversOf(line));
}

/**
 * The page with each of its tables of broken rules as it should be: the columns stay, a row for each rule that one of
 * them breaks.
 * @param order ids of all rules, in the order of the rows
 * @param head how the tables begin
 */
export function withMatrix(
  page: string,
  expected: Expected,
  order: readonly string[],
  head: string = serverHead,
): string {
  const lines = page.split('\n');
  return lines
    .flatMap((line, at) => {
      if (line.startsWith(head)) return [line];
      const table = lines.slice(0, at).findLastIndex((one) => !one.startsWith('|')) + 1;
      const header = lines[table] ?? '';
      if (!line.startsWith('|') || !header.startsWith(head)) return [line];
      // The row under the header is the ruler; all rows below are written anew.
      return at === table + 1 ? [line, ...rows(serversOf(header), expected, order)] : [];
    })
    .join('\n');
}

function serversOf(header: string): string[] {
  return cells(header)
    .slice(1)
    .map((name) => headings[name] ?? name);
}

function rows(servers: readonly string[], expected: Expected, order: readonly string[]): string[] {
  const breaks = (server: string, rule: string): boolean => expected[server]?.includes(rule) ?? false;
  return order
    .filter((rule) => servers.some((server) => breaks(server, rule)))
    .map((rule) => `| \`${rule}\` | ${servers.map((server) => (breaks(server, rule) ? '✗' : '')).join(' | ')} |`);
}
