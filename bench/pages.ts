/**
 * Writes what is made from tables: `bench.schema.json` and the metrics of the README. A test holds both up to date.
 *
 *     npm run bench:pages
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchJsonSchema, metrics } from './src/index.ts';

/** What `bench.schema.json` says. */
export function schemaText(): string {
  return `${JSON.stringify(benchJsonSchema(), null, 2)}\n`;
}

/** The README with its table of metrics brought up to date. */
export function withMetrics(readme: string): string {
  const rows = metrics.map(({ name, meaning, modes, process }) => {
    const needs = [modes.includes('opaque') ? [] : 'stamped events', process ? "the server's process" : []].flat();
    return `| \`${name}\` | ${meaning} | ${needs.join(', ')} |`;
  });
  const table = ['| metric | is | needs |', '| --- | --- | --- |', ...rows].join('\n');
  return readme.replace(
    /(<!-- metrics -->\n)[\s\S]*(\n<!-- \/metrics -->)/,
    (_, open, close) => `${open}${table}${close}`,
  );
}

if (import.meta.main) {
  const readme = join(import.meta.dirname, 'README.md');
  writeFileSync(readme, withMetrics(readFileSync(readme, 'utf8')));
  writeFileSync(join(import.meta.dirname, 'bench.schema.json'), schemaText());
}
