/**
 * Writes `bench.schema.json`. A test holds it up to date.
 *
 *     npm run bench:schema
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchJsonSchema } from './src/index.ts';

/** What `bench.schema.json` says. */
export function schemaText(): string {
  return `${JSON.stringify(benchJsonSchema(), null, 2)}\n`;
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'bench.schema.json'), schemaText());
