import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'rolldown';

/** A module as a page loads it. */
export interface Bundle {
  readonly code: string;
  /** The files that are in it, at least in part, from the root of the repository. */
  readonly files: readonly string[];
}

const root = join(import.meta.dirname, '../..');
const entry = '\0entry';

/**
 * Bundles what an app would: an ES module without dependencies, minified, for browsers.
 * @param source of the module that the bundle begins with, its imports resolved as from `client-sdk/testing/`
 */
export async function bundle(source: string): Promise<Bundle> {
  const { output } = await build({
    input: entry,
    cwd: join(root, 'client-sdk'),
    platform: 'browser',
    write: false,
    resolve: { conditionNames: ['@ssert/source', 'import', 'browser', 'default'] },
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    output: { format: 'esm', minify: true },
    plugins: [
      {
        name: 'entry',
        resolveId: (id, importer) => {
          if (id === entry) return id;
          // As if it stood here.
          return importer === entry ? fileURLToPath(import.meta.resolve(id)) : null;
        },
        load: (id) => (id === entry ? { code: source, moduleType: 'ts' } : null),
      },
    ],
  });
  const [{ code, modules }] = output;
  const files = Object.entries(modules).filter(([id, { renderedLength }]) => id !== entry && renderedLength > 0);
  return { code, files: files.map(([id]) => id.replace(`${root}/`, '')) };
}

/** Bytes over the network, as servers compress by default. */
export function gzippedBytes({ code }: Bundle): number {
  return gzipSync(code).length;
}
