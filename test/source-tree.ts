import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** The repository's root. */
export const root: string = join(import.meta.dirname, '..');

/** A source file and what it imports. */
export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** The source without comments and string contents is not needed: imports and names are found by their form. */
  readonly imports: readonly string[];
}

const left = new Set(['node_modules', 'dist', 'coverage', '.git', 'target', '.venv']);

/** Every file below a folder, dependencies and build output left out. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (left.has(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [relative(root, join(root, path)).replaceAll('\\', '/')];
  });
}

/** The TypeScript sources below a folder. */
export function sources(folder: string): SourceFile[] {
  return filesBelow(folder)
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      const imports = [...text.matchAll(/(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*'([^']+)'/g)].map(
        (match) => match[1] ?? '',
      );
      const bare = [...text.matchAll(/\bimport\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
      return { path, text, imports: [...imports, ...bare] };
    });
}

/** Whether a source belongs to the tests rather than to what is shipped. */
export function isTest(path: string): boolean {
  return /\.(test|property\.test)\.ts$/.test(path);
}

/** Source text without its comments. */
export function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1');
}
