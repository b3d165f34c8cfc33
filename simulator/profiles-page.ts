/**
 * Writes what is made from the profiles and the populations: the table of the README and the published schemas. Tests hold
 * them up to date.
 *
 *     npm run profiles
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  arrivalsOf,
  describe,
  namedProfiles,
  populationJsonSchema,
  profileJsonSchema,
  sparkline,
  until,
  windowCounts,
} from './src/index.ts';

const startMs = Date.parse('2026-01-05T09:00:00Z');
const hourS = 3600;

/** The README with the table of profiles brought up to date. */
export function withProfiles(readme: string): string {
  const rows = namedProfiles.map((profile) => {
    const times = [...until(arrivalsOf(profile, 1, startMs), hourS)];
    const { records, dispersion } = describe(times);
    const plot = sparkline(windowCounts([0, ...times, hourS], 60));
    const idc = `${dispersion['1'].toFixed(1)} / ${dispersion['60'].toFixed(0)}`;
    return `| \`${profile.name}\` | ${profile.description} | ${records} | ${idc} | \`${plot}\` |`;
  });
  const table = [
    '| profile | is | records in an hour | IDC 1 s / 60 s | that hour, minute by minute |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
  return readme.replace(
    /(<!-- profiles -->\n)[\s\S]*(\n<!-- \/profiles -->)/,
    (_, open, close) => `${open}${table}${close}`,
  );
}

/** What each published schema says, by its file. */
export function schemaTexts(): Readonly<Record<string, string>> {
  const schemas = { 'profile.schema.json': profileJsonSchema(), 'population.schema.json': populationJsonSchema() };
  const texts = Object.entries(schemas).map(([file, schema]) => [file, `${JSON.stringify(schema, null, 2)}\n`]);
  return Object.fromEntries(texts);
}

if (import.meta.main) {
  const readme = join(import.meta.dirname, 'README.md');
  writeFileSync(readme, withProfiles(readFileSync(readme, 'utf8')));
  for (const [file, text] of Object.entries(schemaTexts())) writeFileSync(join(import.meta.dirname, file), text);
}
